import Logs
import Support

/// The values of one input of a request, as text or as numbers; memory that is used again.
final class ValueColumn {
  /// What has been put in.
  enum Content { case nothing, cells, numbers }

  private(set) var cells: UnsafeMutablePointer<Cell>
  private(set) var numbers: UnsafeMutablePointer<Double>
  private(set) var count = 0
  private var capacity = 64
  var content = Content.nothing
  /// Whether its only value stands for all rows.
  var isShared = false

  init() {
    cells = .allocate(capacity: capacity)
    numbers = .allocate(capacity: capacity)
  }

  deinit {
    cells.deallocate()
    numbers.deallocate()
  }

  var column: RecordBatch.Column {
    RecordBatch.Column(cells: cells, numbers: content == .numbers ? UnsafePointer(numbers) : nil)
  }

  @inline(__always)
  func append(_ cell: Cell) {
    if count == capacity { grow() }
    cells[count] = cell
    count += 1
  }

  @inline(__always)
  func append(_ number: Double) {
    if count == capacity { grow() }
    numbers[count] = number
    count += 1
  }

  func removeAll() { (count, content, isShared) = (0, .nothing, false) }

  private func grow() {
    capacity *= 2
    cells.grow(to: capacity, keeping: count)
    numbers.grow(to: capacity, keeping: count)
  }
}
