import Data
import OpenCL

/// Steps in plain Swift and double precision, on one core: each is its equation written as loops, to be read and
/// believed, and what the device's are held against.
public final class ReferenceBackend: Backend {
  public typealias Scalar = Double
  public typealias Buffer = ReferenceBuffer
  public typealias Input = ReferenceInput

  public let description = "reference: plain Swift, double precision, one core"
  /// What a device would have: tests set it, to see tables in pieces.
  public internal(set) var memoryLimits: MemoryLimits?
  public let tablePlacement = TablePlacement.device
  public let usesHostCores = true
  public let keepsFrequentRows = false

  /// How plans are rewritten; nil to run them as their graphs say. Tests hold the one against the other.
  var fusion: Fusion?
  /// Runs a step in another way than right; nil to run all as they are. Tests plant faults here.
  var fault: ((_ step: any Step, _ pass: ReferencePass) throws -> Void)?

  /// A backend of its own; it holds nothing.
  public init() {}

  public func makeBuffer(
    _ label: String, count: Int, in precision: TablePrecision
  ) -> ReferenceBuffer {
    ReferenceBuffer(count: count, in: precision)
  }

  public func makeInput(
    layout: BatchLayout, capacity: Int, findsUniqueIDs: Bool
  ) -> ReferenceInput {
    ReferenceInput(layout: layout)
  }

  /// Batches are used where they are.
  public func inputMemory(
    layout: BatchLayout, capacity: Int, findsUniqueIDs: Bool
  ) -> [(label: String, bytes: Int)] { [] }

  public func upload(_ batch: Batch, to input: ReferenceInput) {
    input.batch = batch
  }

  public func write(_ values: [Double], to buffer: ReferenceBuffer, at offset: Int) {
    _ = buffer.scalars[offset...].update(fromContentsOf: values.map(buffer.kept))
  }

  public func write(integers: [Int32], to buffer: ReferenceBuffer) {
    write(integers.map(Double.init), to: buffer, at: 0)
  }

  public func read(_ buffer: ReferenceBuffer, count: Int) -> [Double] {
    Array(buffer.scalars[..<count])
  }

  public func fill(_ buffer: ReferenceBuffer, with value: Float, count: Int) {
    buffer.scalars[..<count].update(repeating: buffer.kept(Double(value)))
  }

  public func finish() {}

  public func begin(_ section: @autoclosure () -> String) {}

  public func fuse(_ plan: inout Plan) {
    if let fusion { plan.fuse(fusion) }
  }

  public func scratch(for step: any Step, capacity: Int) -> Int { 0 }

  public func reserveScratch(count: Int) {}

  public func run(_ step: any Step, _ pass: ReferencePass) throws {
    try fault?(step, pass) ?? step.run(pass)
  }
}

/// The reference's memory: scalars of one fixed address, bounds-checked in debug builds.
public final class ReferenceBuffer {
  /// The scalars.
  let scalars: UnsafeMutableBufferPointer<Double>
  /// What is kept of them.
  private let precision: TablePrecision

  init(count: Int, in precision: TablePrecision = .float32) {
    self.precision = precision
    scalars = .allocate(capacity: count)
    scalars.initialize(repeating: 0)
  }

  deinit { scalars.deallocate() }

  /// What a number that is written is kept as.
  fileprivate func kept(_ number: Double) -> Double {
    precision == .float32 ? number : Double(Float(BFloat16(nearest: Float(number))))
  }

  /// One scalar.
  public subscript(index: Int) -> Double {
    get { scalars[index] }
    set { scalars[index] = newValue }
  }

  /// Row `index` of a matrix of `width` columns.
  public func row(_ index: Int, width: Int) -> UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(rebasing: scalars[index * width..<(index + 1) * width])
  }
}

/// The reference's current batch: the batch itself.
public final class ReferenceInput: BatchInput {
  var batch: Batch
  /// Its distinct ids, once they have been asked for.
  var unique = UniqueIDs(of: [])

  init(layout: BatchLayout) {
    batch = Batch(layout: layout, ids: [], values: layout.weighted ? [] : nil, labels: [])
  }

  public var rows: Int { batch.rows }

  public func countUniqueIDs() -> Int { unique.count }
  public func readUniqueIDs() -> UniqueIDCounts {
    UniqueIDCounts(ids: unique.ids, starts: unique.starts)
  }
  public func setUniqueIDs(_ ids: UniqueIDCounts, rows: Int) { unique = UniqueIDs(ids) }
}

extension GradientTarget<ReferenceBuffer> {
  /// Writes or adds one derivative.
  public func put(_ derivative: Double, at index: Int) {
    buffer[index] = accumulates ? buffer[index] + derivative : derivative
  }
}
