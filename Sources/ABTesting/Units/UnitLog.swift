import Features
import Logs
import Support
import Synchronization

/// The units of a test's logs, with what their rows add up to.
final class UnitLog {
  let test: ABTest
  let table: UnitTable
  /// The arms, the control first, each with the number it has in records.
  private(set) var arms: [(name: String, number: Int)] = []
  /// The segments' columns and values, by their numbers.
  private(set) var segments: [ValueNames.Value] = []
  /// Rows that are not in the test, since they have no arm.
  private(set) var outside = 0
  private let armNames: ValueNames
  private let segmentNames: ValueNames

  /// The most arms, and the most values of a segment's column.
  private static let mostArms = 100
  private static let mostSegments = 1000

  /// Reads the logs.
  ///
  /// - Parameters:
  ///   - logs: the test's.
  ///   - before: logs from before the test, with the same units and measures; none for no adjustment.
  ///   - hasArms: whether rows have arms; where not, all units are in one, for a plan.
  ///   - memoryLimit: the most bytes of the table of units.
  ///   - rejected: what becomes of rows that cannot be read.
  /// - Throws: ``UserError`` for a log that cannot be read, a row that is not to be passed over, a full
  ///   disk, and arms that are not as the test says.
  init(
    _ test: ABTest, _ logs: [LogSource], before: [LogSource] = [], hasArms: Bool = true,
    memoryLimit: Int,
    spillingTo folder: String = TemporaryFolder.path, threads: Int, rejecting rejected: RejectedRows
  ) throws {
    guard before.isEmpty || test.unit != nil else {
      throw UserError(
        before[0].name, found: "a log from before a test without units", expected: "the same units",
        remedy: "name their column with unit:, or a column of before with covariate: of a metric")
    }
    self.test = test
    table = UnitTable(
      measures: test.measures.count + 1, memoryLimit: memoryLimit, spillingTo: folder)
    armNames = ValueNames(limit: test.arms.isEmpty ? Self.mostArms : test.arms.count)
    for arm in test.arms { _ = armNames.number(of: .init(column: 0, text: arm.name)) }
    segmentNames = ValueNames(limit: Self.mostSegments)
    try read(logs, for: hasArms ? .test : .plan, threads, rejected)
    if !before.isEmpty { try read(before, for: .before, threads, rejected) }
    segments = segmentNames.values
    arms = hasArms ? try orderedArms(logs[0].name) : [("all", Int(UnitArm.none.rawValue))]
  }

  private func orderedArms(_ file: String) throws -> [(name: String, number: Int)] {
    let names = armNames.values.map(\.text)
    guard names.count > 1 else {
      throw UserError(
        file, found: names.isEmpty ? "no row with an arm" : "one arm, \(quoted(names[0]))",
        expected: "two arms or more", remedy: "check the column \(quoted(test.arm))")
    }
    let order = test.arms.isEmpty ? names.sorted() : test.arms.map(\.name)
    let control = test.control ?? order[0]
    guard order.contains(control) else {
      throw UserError(
        file, found: "arms \(listed(order))", expected: "the control \(quoted(control))",
        remedy: suggestion(for: control, among: order, otherwise: "name another control"))
    }
    return ([control] + order.filter { $0 != control }).map { ($0, names.firstIndex(of: $0)!) }
  }

  /// The share of units that each arm should have, in the order of ``arms``.
  var shares: [Double] {
    let weights = arms.map { arm in test.arms.first { $0.name == arm.name }?.weight ?? 1 }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }

  private func read(
    _ sources: [LogSource], for role: UnitColumns.Role, _ threads: Int, _ rejected: RejectedRows
  ) throws {
    let columns = try UnitColumns(test, of: sources[0], for: role)
    let opened = Opened()
    let reader = SharedBlocks(
      BlockReader(sources, columns.format, columns.request) { parser, source in
        opened.places = try columns.places(in: parser.columns, of: source.name)
      }, opened)
    let stops = rejected.stopsAtFirst
    _ = try OrderedWork.run(
      threads: threads, ahead: 2 * threads, next: { try reader.next() },
      worker: { [test, armNames, segmentNames] in
        UnitReader(columns, test, arms: armNames, segments: segmentNames)
      },
      work: { (item: SharedBlocks.Item, worker: inout UnitReader) in
        try worker.read(item.block, item.places, stopsAtFirst: stops)
      },
      collect: { records, report in
        try rejected.add(report)
        try self.table.add(records.base, count: records.count)
        self.outside += records.outside
      })
  }
}

/// The columns of the source that is open.
private final class Opened { var places: UnitColumns.Places? }

/// The reader of a pass, behind a reference: threads take turns at it.
private final class SharedBlocks {
  private var reader: BlockReader
  private let opened: Opened

  struct Item: @unchecked Sendable {
    // Sendable: places are values that nobody changes.
    let block: any LogBlock
    let places: UnitColumns.Places
  }

  init(_ reader: consuming BlockReader, _ opened: Opened) {
    self.reader = reader
    self.opened = opened
  }

  func next() throws -> Item? {
    try reader.next().map { Item(block: $0, places: opened.places!) }
  }
}
