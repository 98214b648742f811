import Data

/// What networks run on: memory, the current batch, a queue, and which implementation of a step is its own.
///
/// `ReferenceBackend` runs plain Swift in double precision, obvious and slow; `OpenCLBackend` launches kernels.
/// What there is to compute is not known here: each ``Operation`` and each other ``Step`` brings an
/// implementation for both, and the table of operator cases holds the two against each other.
///
/// Steps are queued in order; ``read(_:count:)`` and ``finish()`` wait for them.
public protocol Backend: AnyObject {
  /// The arithmetic of the backend.
  associatedtype Scalar: BinaryFloatingPoint & BitwiseCopyable & Sendable
  /// Memory for scalars.
  associatedtype Buffer
  /// A batch in the backend's memory.
  associatedtype Input: BatchInput

  /// What the backend runs on and how, in one line for people.
  var description: String { get }
  /// What memory there is; nil where only the machine's own bounds apply.
  var memoryLimits: MemoryLimits? { get }
  /// Where the tables of networks are to lie.
  var tablePlacement: TablePlacement { get }
  /// Whether steps run on the host's cores and so compete with the threads that load batches.
  var usesHostCores: Bool { get }
  /// Whether rows of tables that lie in the host's memory are kept on the device where their ids are frequent.
  var keepsFrequentRows: Bool { get }

  /// Makes a zero-filled buffer of `count` scalars; 0 is allowed. In bfloat16 what is written to it is rounded to the
  /// nearest.
  func makeBuffer(_ label: String, count: Int, in precision: TablePrecision) throws -> Buffer
  /// Makes room for batches of up to `capacity` rows.
  ///
  /// - Parameter findsUniqueIDs: whether `FindUniqueIDs` is to run on it.
  func makeInput(layout: BatchLayout, capacity: Int, findsUniqueIDs: Bool) throws -> Input
  /// What the buffers of ``makeInput(layout:capacity:findsUniqueIDs:)`` hold, and how many bytes each has.
  func inputMemory(
    layout: BatchLayout, capacity: Int, findsUniqueIDs: Bool
  ) -> [(label: String, bytes: Int)]
  /// Moves a batch in; earlier steps on the previous batch are not disturbed.
  func upload(_ batch: Batch, to input: Input) throws
  /// Writes `values` from scalar `offset` of the buffer on.
  func write(_ values: [Scalar], to buffer: Buffer, at offset: Int) throws
  /// Writes integers to the beginning of the buffer, as steps take them.
  func write(integers: [Int32], to buffer: Buffer) throws
  /// Waits for the queued steps, then reads the first `count` scalars.
  func read(_ buffer: Buffer, count: Int) throws -> [Scalar]
  /// Has the first `count` scalars read when the queued steps are done; what is returned waits for them.
  func beginRead(_ buffer: Buffer, count: Int) throws -> () throws -> [Scalar]
  /// Sets the first `count` scalars to `value`.
  func fill(_ buffer: Buffer, with value: Float, count: Int) throws
  /// Waits until all queued steps are done.
  func finish() throws
  /// Names what the steps to come are for, where the backend keeps a profile.
  func begin(_ section: @autoclosure () -> String)

  /// Rewrites a plan into one that does the same in ways that suit the backend.
  func fuse(_ plan: inout Plan)
  /// How many scalars of scratch memory the step needs for batches of up to `capacity` rows.
  func scratch(for step: any Step, capacity: Int) -> Int
  /// Provides scratch memory, shared by all steps; called before the first one runs.
  func reserveScratch(count: Int) throws
  /// Runs the step's implementation for this backend.
  func run(_ step: any Step, _ pass: Pass<Self>) throws
}

extension Backend {
  /// How many of the host's cores steps run on, where that is known.
  package var hostCores: Int? {
    guard usesHostCores, let backend = self as? OpenCLBackend else { return nil }
    return backend.device.computeUnits
  }

  public func beginRead(_ buffer: Buffer, count: Int) throws -> () throws -> [Scalar] {
    let values = try read(buffer, count: count)
    return { values }
  }

  /// Makes a zero-filled buffer of `count` scalars; 0 is allowed.
  public func makeBuffer(_ label: String, count: Int) throws -> Buffer {
    try makeBuffer(label, count: count, in: .float32)
  }

  /// Writes `values` to the beginning of the buffer.
  package func write(_ values: [Scalar], to buffer: Buffer) throws {
    try write(values, to: buffer, at: 0)
  }
}

/// A batch in a backend's memory.
public protocol BatchInput {
  /// The number of samples.
  var rows: Int { get }
  /// Waits for the queued steps, then tells how many distinct ids `FindUniqueIDs` has found.
  func countUniqueIDs() throws -> Int
  /// Waits for the queued steps, then tells what `FindUniqueIDs` has found.
  func readUniqueIDs() throws -> UniqueIDCounts
  /// Takes the distinct ids from elsewhere, of a batch of so many rows, for steps that follow the gradients.
  func setUniqueIDs(_ ids: UniqueIDCounts, rows: Int) throws
}

/// The bounds of a device's memory, in bytes.
public struct MemoryLimits: Sendable {
  /// All of it.
  public let total: Int
  /// The largest single allocation.
  public let largestAllocation: Int
  /// The most gradients or activations of one array: kernels number them in 32 bits.
  public let mostNumbers: Int
  /// The longest piece of a table, in bytes, where tables are to lie in pieces also if they would fit in one; nil where
  /// they are not.
  package var piecesOfTables: Int?

  /// - Parameters:
  ///   - total: all of the device's memory, in bytes.
  ///   - largestAllocation: the largest single allocation, in bytes.
  ///   - mostNumbers: the most gradients or activations of one array.
  public init(total: Int, largestAllocation: Int, mostNumbers: Int = Int(Int32.max)) {
    self.total = total
    self.largestAllocation = largestAllocation
    self.mostNumbers = mostNumbers
  }
}

/// The distinct ids of a batch, ascending, and how often each occurs.
public struct UniqueIDCounts: Sendable, Equatable {
  public var ids: [Int32]
  public var counts: [Int32]

  /// - Precondition: as many counts as ids.
  public init(ids: [Int32], counts: [Int32]) {
    precondition(ids.count == counts.count)
    (self.ids, self.counts) = (ids, counts)
  }

  /// Where the places of each id begin among all places, and where the last ones end.
  var starts: [Int32] {
    var end: Int32 = 0
    return [0]
      + counts.map { count in
        end += count
        return end
      }
  }

  /// - Parameter starts: as ``starts``.
  init(ids: [Int32], starts: [Int32]) {
    self.init(ids: ids, counts: zip(starts.dropFirst(), starts).map { $0 - $1 })
  }
}
