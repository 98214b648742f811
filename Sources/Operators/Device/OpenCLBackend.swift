import Data
import Kernels
import OpenCL

/// The operators as kernel launches on an OpenCL device, in single precision.
///
/// Results are the same every time: sums have a fixed shape, and the random numbers of dropout are
/// counted. A backend is to be used from one thread at a time.
public final class OpenCLBackend: Backend {
  public typealias Scalar = Float
  public typealias Buffer = OpenCL.Buffer<Float>
  public typealias Input = OpenCLInput

  /// The device.
  public let device: Device
  /// The device's memory; `allocatedBytes` is what is in use.
  public let context: Context
  /// Where operators are queued; with profiling, `commands()` has their times.
  public let queue: Queue
  /// Who computes matrix products.
  public private(set) var products: MatrixProducts

  /// Where batches are sent, in a profile with everything else; nil where they are used where they are.
  private let transfers: Queue?
  let library: KernelLibrary
  /// Memory for what an operator keeps while it runs.
  private(set) var scratch: Buffer
  /// Partial sums of the gradients' norm.
  var normSums: Buffer
  /// The fields of layers that multiply by id, as the kernels want them.
  var fieldTables: [FieldDense.Shape: FieldTables] = [:]
  /// Stands for a buffer that a kernel does not read.
  let none: Buffer
  /// Stands for integers that a kernel does not read.
  let noIntegers: OpenCL.Buffer<Int32>

  /// Opens a device. Kernels are compiled when they are first used.
  ///
  /// - Parameters:
  ///   - device: the device.
  ///   - products: who computes matrix products.
  ///   - profiling: whether the queue keeps the times of commands; costs time on some drivers.
  /// - Throws: ``OpenCLError``.
  public convenience init(
    _ device: Device, products: MatrixProducts.Policy = .auto, profiling: Bool = false
  ) throws {
    try self.init(
      device, products: products, profiling: profiling, tuning: KernelLibrary.Tuning(for: device))
  }

  /// The same with vectors and tiles of another device's.
  init(
    _ device: Device, products: MatrixProducts.Policy, profiling: Bool,
    tuning: KernelLibrary.Tuning
  ) throws {
    self.device = device
    let products = try MatrixProducts(products, on: device, limit: tuning.bfloat16)
    self.products = products
    var tuning = tuning
    if let arithmetic = products.tensorArithmetic { tuning.tiles?.arithmetic = arithmetic }
    context = try Context(device)
    queue = try Queue(context, profiling: profiling)
    transfers = tuning.borrowsBatches ? nil : profiling ? queue : try Queue(context)
    library = KernelLibrary(context, tuning: tuning, products: products)
    scratch = try Buffer(zeros: 0, on: queue, label: "scratch")
    normSums = try Buffer(zeros: 0, on: queue, label: "norm")
    none = try Buffer(zeros: 0, on: queue, label: "none")
    noIntegers = try OpenCL.Buffer(zeros: 0, on: queue, label: "none")
    if products.usesTensorCores { try checkTiles() }
    guard products.policy == .auto, tuning.tiles != nil else { return }
    self.products.choice = try ProductChoice.remembered(
      "\(device.name), \(device.platform) \(device.driverVersion)", at: ProductChoice.path
    ) { try measureProducts() }
  }

  /// The device, its driver and who computes matrix products.
  public var description: String {
    "\(device.name) (\(device.kind.rawValue.uppercased()), \(device.platform)"
      + " \(device.driverVersion)), products by \(products)"
  }

  /// The device's memory, and its largest buffer.
  public var memoryLimits: MemoryLimits? {
    MemoryLimits(
      total: device.globalMemory, largestAllocation: device.maxAllocation - bufferSlack)
  }

  public var usesProcessor: Bool { device.kind == .cpu }

  // MARK: Memory

  public func makeBuffer(_ label: String, count: Int) throws -> Buffer {
    try Buffer(zeros: count, on: queue, label: label)
  }

  public func makeInput(
    layout: BatchLayout, capacity: Int, groupsIds: Bool
  ) throws -> OpenCLInput {
    try OpenCLInput(
      layout: layout, capacity: capacity, groupsIds: groupsIds, owners: library.tuning.owners,
      on: queue, transfers: transfers)
  }

  public func upload(_ batch: Batch, to input: OpenCLInput) throws {
    try input.load(batch, on: queue)
  }

  public func write(_ values: [Float], to buffer: Buffer, at offset: Int) throws {
    try buffer.write(values, at: offset, on: queue)
  }

  public func read(_ buffer: Buffer, count: Int) throws -> [Float] {
    try buffer.read(0..<count, on: queue)
  }

  public func fill(_ buffer: Buffer, with value: Float, count: Int) throws {
    try buffer.fill(value, 0..<count, on: queue)
  }

  public func finish() throws { try queue.finish() }

  public func begin(_ section: @autoclosure () -> String) {
    if queue.profiling { queue.begin(section: section()) }
  }

  public func reserveScratch(count: Int) throws {
    guard count > scratch.count else { return }
    scratch = try Buffer(context, count: count, label: "scratch")
  }

  public func scratch(for operation: any Operation, capacity: Int) -> Int {
    switch operation {
    case let dense as Dense: scratch(for: dense.shape, rows: capacity)
    case let dense as FieldDense: scratch(for: dense.shape, rows: capacity)
    case let embedding as Embedding: scratch(for: embedding.shape, rows: capacity)
    case let term as FirstOrder: scratch(for: term.shape, rows: capacity)
    case let product as InnerProduct: scratch(for: product.shape, rows: capacity)
    case let products as PairProducts: pairScratch(for: products, rows: capacity)
    case let norm as Normalization:
      maskCount(rows: capacity, width: norm.shape.width) + chunks(capacity) * 2 * norm.shape.width
    case let activate as Activate: maskCount(rows: capacity, width: activate.input.width)
    default: 0
    }
  }

  // MARK: Launching

  /// Launches a kernel on `items` work-items, each of which does little.
  func run(
    _ name: String, of family: KernelSource, items: Int, _ arguments: any KernelArgument...
  ) throws {
    try library.kernel(name, of: family).launch(
      on: queue, global: [items], local: [64], arguments: arguments)
  }

  /// Launches a kernel on `items` work-items, each of which goes through a chunk.
  func runChunks(
    _ name: String, of family: KernelSource, items: Int, _ arguments: any KernelArgument...
  ) throws {
    try library.kernel(name, of: family).launch(
      on: queue, global: [items], local: [device.kind == .cpu ? 4 : 64], arguments: arguments)
  }

  /// How many chunks of rows there are.
  func chunks(_ rows: Int) -> Int { (rows + KernelLibrary.chunk - 1) / KernelLibrary.chunk }

  /// How many vectors cover a row of `width` scalars.
  func vectors(_ width: Int) -> Int { (width + library.tuning.lanes - 1) / library.tuning.lanes }
}

extension Epilogue {
  /// The struct of `epilogue.cl`.
  struct Argument: BitwiseCopyable {
    let activation, threshold: Int32
    let scale: Float
    let step, layer, seedLow, seedHigh: UInt32
  }

  /// The kernels' form.
  var argument: Structure<Argument> {
    let seed = dropout?.seed ?? 0
    return Structure(
      Argument(
        activation: activation.code, threshold: Int32(dropout?.threshold ?? 0),
        scale: dropout?.scale ?? 1, step: dropout?.step ?? 0, layer: dropout?.layer ?? 0,
        seedLow: UInt32(truncatingIfNeeded: seed), seedHigh: UInt32(truncatingIfNeeded: seed >> 32))
    )
  }
}

extension Activation {
  /// The number of `epilogue.cl`.
  fileprivate var code: Int32 {
    switch self {
    case .identity: 0
    case .relu: 1
    case .tanh: 2
    case .sigmoid: 3
    }
  }
}
