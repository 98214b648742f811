import Cluster
import Data
import Kernels
import OpenCL

/// Kernel launches on an OpenCL device, in single precision.
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
  package let context: Context
  /// Where steps are queued; with profiling, `commands()` has their times.
  package let queue: Queue
  /// How matrix products are computed.
  package let products: MatrixProducts

  /// Where the tables of networks to come are to lie.
  public var tablePlacement = TablePlacement.auto
  /// Where the rows of trainings to come are to lie.
  public var rowPlacement = RowPlacement.auto
  /// The longest buffer of rows, in bytes, where tests want several; nil for the device's own bound.
  var longestPieceOfRows: Int?
  /// Rows that the device keeps.
  var keptRows: [WeakRows] = []
  /// The most memory of the device to use, in bytes; nil for all.
  public var mostMemory: Int?
  /// The largest buffer to make, in bytes; nil for the device's own bound. Longer tables lie in several.
  public var largestBuffer: Int?
  /// See ``MemoryLimits/piecesOfTables``.
  package var piecesOfTables: Int?

  /// Where batches are sent, in a profile with everything else; nil where they are used where they are.
  let transfers: Queue?
  let library: KernelLibrary
  /// The buffers made while nothing may be written past their ends, see `guardingSlack(_:)`.
  var guarded: [Buffer]?
  /// Memory for what a step keeps while it runs.
  private(set) var scratch: Buffer
  /// Pinned memory for what is read while the device goes on, which nobody uses now.
  private var results: [HostMemory<Float>] = []
  /// What CLBlast works in: as much as its largest product so far has asked for.
  private(set) var blastMemory: Buffer?
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
  ///   - products: how matrix products are computed.
  ///   - profiling: whether the queue keeps the times of commands; costs time on some drivers.
  /// - Throws: `OpenCLError`.
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
    let choice =
      products == .auto && tuning.tiles != nil
      ? try ProductChoice.remembered(on: device, tuning: tuning) : nil
    let products = try MatrixProducts(
      products, on: device, limit: tuning.bfloat16, choice: choice)
    self.products = products
    var tuning = tuning
    if let arithmetic = products.tensorArithmetic { tuning.tiles?.arithmetic = arithmetic }
    context = try Context(device)
    queue = try Queue(context, profiling: profiling)
    transfers = tuning.borrowsBatches ? nil : profiling ? queue : try Queue(context)
    library = KernelLibrary(context, tuning: tuning, products: products)
    scratch = try Buffer(zeros: 0, on: queue, label: "scratch")
    none = try Buffer(zeros: 0, on: queue, label: "none")
    noIntegers = try OpenCL.Buffer(zeros: 0, on: queue, label: "none")
    if products.usesTensorCores { try checkTiles() }
  }

  /// The device, its driver and how matrix products are computed.
  public var description: String {
    "\(device.name) (\(device.kind.rawValue.uppercased()), \(device.platform)"
      + " \(device.driverVersion)), products by \(products)"
  }

  /// The device's memory, as far as other programs have left it and the driver tells, and its largest buffer. Ranks
  /// that run on one processor share its memory too.
  public var memoryLimits: MemoryLimits? {
    let ranks = usesHostCores ? Launch.current.localCount : 1
    var limits = MemoryLimits(
      total: min(
        device.globalMemory / ranks, device.freeMemory.map { $0 + context.allocatedBytes } ?? .max,
        mostMemory ?? .max),
      largestAllocation: min(device.maxAllocation - bufferSlack, largestBuffer ?? .max))
    limits.piecesOfTables = piecesOfTables
    return limits
  }

  public var usesHostCores: Bool { device.kind == .cpu }

  /// On a processor that would be copies within one memory.
  public package(set) lazy var keepsFrequentRows = !usesHostCores

  /// What all kernels are compiled with: results hold for these.
  package var kernelOptions: [String] { library.options }

  // MARK: Memory

  public func makeBuffer(
    _ label: String, count: Int, in precision: TablePrecision
  ) throws -> Buffer {
    let buffer =
      switch precision {
      case .float32: try Buffer(zeros: count, on: queue, label: label)
      case .bfloat16: try Buffer(rounded: .init(zeros: count, on: queue, label: label))
      }
    try guardSlack(of: buffer)
    return buffer
  }

  public func makeInput(
    layout: BatchLayout, capacity: Int, findsUniqueIDs: Bool
  ) throws -> OpenCLInput {
    try OpenCLInput(
      layout: layout, capacity: capacity, findsUniqueIDs: findsUniqueIDs,
      sort: library.tuning.sort, owners: library.tuning.owners, on: queue, transfers: transfers)
  }

  public func inputMemory(
    layout: BatchLayout, capacity: Int, findsUniqueIDs: Bool
  ) -> [(label: String, bytes: Int)] {
    OpenCLInput.counts(
      layout: layout, capacity: capacity, findsUniqueIDs: findsUniqueIDs,
      sort: library.tuning.sort, owners: library.tuning.owners, isSent: transfers != nil
    ).all.map { ($0.label, 4 * $0.count) }
  }

  public func upload(_ batch: Batch, to input: OpenCLInput) throws {
    try input.load(batch, by: self)
  }

  public func write(_ values: [Float], to buffer: Buffer, at offset: Int) throws {
    if let rounded = buffer.rounded {
      return try rounded.write(values.map { BFloat16(nearest: $0) }, at: offset, on: queue)
    }
    try buffer.write(values, at: offset, on: queue)
  }

  public func write(integers: [Int32], to buffer: Buffer) throws {
    try buffer.write(integers.map { Float(bitPattern: UInt32(bitPattern: $0)) }, on: queue)
  }

  public func read(_ buffer: Buffer, count: Int) throws -> [Float] {
    if let rounded = buffer.rounded {
      return try rounded.read(0..<count, on: queue).map { Float($0) }
    }
    return try buffer.read(0..<count, on: queue)
  }

  public func beginRead(_ buffer: Buffer, count: Int) throws -> () throws -> [Float] {
    // On a processor the steps themselves take the time of who waits.
    guard transfers != nil, count > 0 else {
      let values = try read(buffer, count: count)
      return { values }
    }
    let free = results.firstIndex { $0.elements.count >= count }
    let memory = try free.map { results.remove(at: $0) } ?? HostMemory(pinned: count, on: queue)
    let isRead = try buffer.read(into: memory, first: count, on: queue)
    try queue.flush()
    return { [self] in
      try isRead?.wait()
      defer { results.append(memory) }
      return [Float](memory.elements[..<count])
    }
  }

  public func fill(_ buffer: Buffer, with value: Float, count: Int) throws {
    if let rounded = buffer.rounded {
      return try rounded.fill(BFloat16(nearest: value), 0..<count, on: queue)
    }
    try buffer.fill(value, 0..<count, on: queue)
  }

  public func finish() throws { try queue.finish() }

  public func begin(_ section: @autoclosure () -> String) {
    if queue.profiling { queue.begin(section: section()) }
  }

  public func reserveScratch(count: Int) throws {
    guard count > scratch.count else { return }
    scratch = try Buffer(context, count: count, label: "scratch")
    try guardSlack(of: scratch)
  }

  func reserveBlastMemory(bytes: Int) throws {
    let count = (bytes + 3) / 4
    guard count > blastMemory?.count ?? 0 else { return }
    blastMemory = try Buffer(context, count: count, label: "CLBlast's scratch")
  }

  /// Gives scratch memory back, so that a step has what it asks for and no more.
  private func reserveNoScratch() throws { scratch = try makeBuffer("scratch", count: 0) }

  // MARK: Steps

  public func scratch(for step: any Step, capacity: Int) -> Int {
    step.scratch(capacity: capacity, on: self)
  }

  public func run(_ step: any Step, _ pass: DevicePass) throws {
    if guarded != nil {
      try reserveNoScratch()
      try reserveScratch(count: step.scratch(capacity: pass.input.capacity, on: self))
    }
    try step.run(pass)
  }

  // MARK: Launching

  /// Launches a kernel on `items` work-items, each of which does little.
  func run(
    _ name: String, of source: KernelSource, items: Int, _ arguments: KernelArguments
  ) throws {
    try launch(name, of: source, items: items, local: 64, arguments)
  }

  /// Launches a kernel on `items` work-items, each of which goes through a chunk.
  func runChunks(
    _ name: String, of source: KernelSource, items: Int, _ arguments: KernelArguments
  ) throws {
    try launch(name, of: source, items: items, local: chunkGroup, arguments)
  }

  /// The work-items of a group that go through chunks.
  fileprivate var chunkGroup: Int { device.kind == .cpu ? 4 : 64 }

  fileprivate func launch(
    _ name: String, of source: KernelSource, items: Int, local: Int,
    _ arguments: KernelArguments
  ) throws {
    try library.kernel(name, of: source).launch(
      on: queue, global: [items], local: [local], arguments)
  }

  /// How many work-items keep a device busy whose work-groups share local memory.
  var residentItems: Int { 2048 * device.computeUnits }

  /// The least power of two that is at least `count`, at most `limit`: the work-items of a team.
  func team(_ count: Int, limit: Int = 64) -> Int {
    var team = 1
    while team < min(count, limit) { team *= 2 }
    return team
  }

  /// How many chunks of rows there are.
  func chunks(_ rows: Int) -> Int { (rows + KernelLibrary.chunk - 1) / KernelLibrary.chunk }

  /// How many vectors cover a row of `width` scalars.
  func vectors(_ width: Int) -> Int { (width + library.tuning.lanes - 1) / library.tuning.lanes }
}

/// What the steps of operations launch.
extension DevicePass {
  /// The memory that ``Operation/scratch(capacity:on:)`` asked for; other steps use the same.
  public var scratch: OpenCLBackend.Buffer { backend.scratch }

  /// Launches a kernel on `items` work-items, each of which does little.
  ///
  /// - Parameters:
  ///   - source: one of this library, by its name, or a program's own.
  ///   - items: rounded up to whole work-groups: a kernel checks its index.
  ///   - arguments: by the names of the kernel's parameters, in their order.
  public func run(
    _ name: String, of source: KernelSource, items: Int, _ arguments: KernelArguments
  ) throws {
    try backend.launch(name, of: source, items: items, local: 64, arguments)
  }

  /// The same on numbers of a table.
  func run(
    _ name: String, of source: KernelSource, on table: OpenCLBackend.Buffer, items: Int,
    _ arguments: KernelArguments
  ) throws {
    try backend.library.kernel(name, of: source, with: table.entryOptions).launch(
      on: backend.queue, global: [items], local: [64], arguments)
  }

  /// Launches a kernel on `items` work-items, each of which goes through a chunk of rows.
  public func runChunks(
    _ name: String, of source: KernelSource, items: Int, _ arguments: KernelArguments
  ) throws {
    try backend.launch(name, of: source, items: items, local: backend.chunkGroup, arguments)
  }

  /// How many vectors of a kernel cover a row of `width` scalars.
  public func vectors(_ width: Int) -> Int { backend.vectors(width) }
}
