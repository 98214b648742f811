import Kernels
import OpenCL

/// The device's kernels, each compiled when it is first wanted.
final class KernelLibrary {
  /// The shape of vectors and of the matrix product's tile.
  struct Tuning: Sendable, Hashable {
    /// The floats of a vector.
    var lanes: Int
    /// The rows of the product's tile; it is 2·lanes wide.
    var tileRows: Int
    /// The depth that a work-item of the transposed product packs at a time.
    var depth = 192
    /// How many work-items own the ids of a batch and sum up their gradients; 0 where the ids are
    /// grouped instead.
    var owners = 0
    /// Products by work-groups that share local memory; nil where each work-item makes its own, from the
    /// processor's caches.
    var tiles: ProductTiles?
    /// How the places of a batch are sorted by their ids.
    var sort: DeviceUniqueIDs.Sort
    /// Whether batches are used where they are in the host's memory.
    var borrowsBatches: Bool
    /// The most that products in bfloat16 use of the processor's instructions for them.
    var bfloat16 = MatrixProducts.BFloat16Instructions.tiles

    /// Fits the tile of a CPU into its registers: 32 of 16 floats, or 16 of 8. Elsewhere work-groups share
    /// one.
    init(for device: Device) {
      self.init(
        kind: device.kind, floatVectorWidth: device.floatVectorWidth,
        computeUnits: device.computeUnits)
      owners = device.sharesHostMemory ? max(device.computeUnits, 1) : 0
      borrowsBatches = device.sharesHostMemory
    }

    init(kind: Device.Kind, floatVectorWidth: Int, computeUnits: Int = 2) {
      sort = DeviceUniqueIDs.Sort(kind: kind, computeUnits: computeUnits)
      tiles = kind == .cpu ? nil : ProductTiles()
      borrowsBatches = false
      switch (kind, floatVectorWidth) {
      case (.cpu, 16...): (lanes, tileRows) = (16, 12)
      case (.cpu, 8...): (lanes, tileRows) = (8, 6)
      default: (lanes, tileRows) = (4, 8)
      }
    }

    /// Whether work-items of a work-group are to work on one thing together: kernels named `_gpu` are for these.
    var sharesLocalMemory: Bool { tiles != nil }

    var options: [String] {
      ["-DLANES=\(lanes)", "-DROWS=\(tileRows)", "-DDEPTH=\(depth)", "-cl-mad-enable"]
        + DeviceUniqueIDs.Sort.options
    }
  }

  /// The rows summed up by one work-item before the chunks are.
  static let chunk = 64

  let tuning: Tuning
  private let context: Context
  let options: [String]
  private var programs: [Key: Program] = [:]
  /// By their names, which few share: to find one takes less than to hash all that tells them apart.
  private var kernels: [String: [(key: Key, kernel: Kernel)]] = [:]

  /// Different sources may have kernels of one name, and some are compiled for each optimizer, or in several sizes.
  private struct Key: Hashable {
    let source, optimizers: String
    let options: [String]
  }

  init(_ context: Context, tuning: Tuning, products: MatrixProducts) {
    self.context = context
    self.tuning = tuning
    options = tuning.options + products.options + (tuning.tiles?.options ?? [])
  }

  /// A kernel of a source.
  ///
  /// - Parameters:
  ///   - optimizers: whose steps the kernel makes, where it makes any.
  ///   - options: what it is compiled with besides.
  func kernel(
    _ name: String, of source: KernelSource, for optimizers: OptimizerProgram? = nil,
    with options: [String] = []
  ) throws -> Kernel {
    let key = Key(source: source.name, optimizers: optimizers?.name ?? "", options: options)
    if let found = kernels[name]?.first(where: { $0.key == key }) { return found.kernel }
    let kernel = try program(key, source, optimizers).kernel(name)
    kernels[name, default: []].append((key, kernel))
    return kernel
  }

  private func program(
    _ key: Key, _ source: KernelSource, _ optimizers: OptimizerProgram?
  ) throws -> Program {
    if let program = programs[key] { return program }
    let files = source.compiled(with: optimizers.map { [$0.source] } ?? [])
    let program = try Program(
      context, sources: files.map { Source(name: "\($0.name).cl", text: $0.text) },
      options: options + key.options + (optimizers?.options ?? []))
    programs[key] = program
    return program
  }
}
