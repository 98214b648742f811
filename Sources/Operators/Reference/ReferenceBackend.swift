import Data

/// The operators in plain Swift and double precision, on one core: each is the equation of
/// ``Backend`` written as loops, to be read and believed, and what the device's are held against.
public final class ReferenceBackend: Backend {
  public typealias Scalar = Double
  public typealias Buffer = ReferenceBuffer
  public typealias Input = ReferenceInput

  public let description = "reference: plain Swift, double precision, one core"
  public let memoryLimits: MemoryLimits? = nil

  /// A backend of its own; it holds nothing.
  public init() {}

  public func makeBuffer(_ label: String, count: Int) -> ReferenceBuffer {
    ReferenceBuffer(count: count)
  }

  public func makeInput(layout: BatchLayout, capacity: Int, groupsIds: Bool) -> ReferenceInput {
    ReferenceInput(layout: layout)
  }

  public func upload(_ batch: Batch, to input: ReferenceInput) {
    input.batch = batch
  }

  public func write(_ values: [Double], to buffer: ReferenceBuffer, at offset: Int) {
    for (index, value) in values.enumerated() { buffer[offset + index] = value }
  }

  public func read(_ buffer: ReferenceBuffer, count: Int) -> [Double] {
    Array(buffer.scalars[..<count])
  }

  public func fill(_ buffer: ReferenceBuffer, with value: Float, count: Int) {
    buffer.scalars[..<count].update(repeating: Double(value))
  }

  public func finish() {}

  public func scratch(for operation: any Operation, capacity: Int) -> Int { 0 }

  public func reserveScratch(count: Int) {}
}

/// The reference's memory: scalars of one fixed address, bounds-checked in debug builds.
public final class ReferenceBuffer {
  /// The scalars.
  let scalars: UnsafeMutableBufferPointer<Double>

  init(count: Int) {
    scalars = .allocate(capacity: count)
    scalars.initialize(repeating: 0)
  }

  deinit { scalars.deallocate() }

  /// One scalar.
  subscript(index: Int) -> Double {
    get { scalars[index] }
    set { scalars[index] = newValue }
  }

  /// Row `index` of a matrix of `width` columns.
  func row(_ index: Int, width: Int) -> UnsafeMutableBufferPointer<Double> {
    UnsafeMutableBufferPointer(rebasing: scalars[index * width..<(index + 1) * width])
  }
}

/// The reference's current batch: the batch itself.
public final class ReferenceInput: BatchInput {
  var batch: Batch
  /// Its distinct ids, once they have been asked for.
  var occurrences = Occurrences(of: [])

  init(layout: BatchLayout) {
    batch = Batch(layout: layout, ids: [], values: layout.weighted ? [] : nil, labels: [])
  }

  public var rows: Int { batch.rows }
}
