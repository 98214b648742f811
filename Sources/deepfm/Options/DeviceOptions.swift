import ArgumentParser
import Cluster
import DeepFMKit

/// Which device to compute on, and how.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "auto, gpu, cpu, an index of 'deepfm devices', a part of a name, or reference.",
      discussion: "auto takes a GPU if there is one; reference computes in plain Swift, slowly.",
      valueName: "device"))
  var device = "auto"

  @Option(
    help: ArgumentHelp(
      "How matrices are multiplied: auto, own (our kernels), clblast, or in tf32 or bfloat16.",
      discussion: """
        auto takes our kernels on CPUs; on GPUs ours or CLBlast, which it measures once and remembers. \
        bfloat16 rounds factors to 8 bits of precision and sums in floats: several times faster on CPUs \
        with AMX. On NVIDIA's GPUs tensor cores do so; tf32 keeps 11 bits, and tf32x3 21, nearly those of \
        a float, by three products. On CPUs bfloat16x2 keeps 16, bfloat16x3 all 24.
        """))
  var gemm = MatrixProducts.Policy.auto

  @Option(
    help: ArgumentHelp(
      "Where embedding tables lie: auto, device, or host (the rows of a batch travel).",
      discussion: """
        auto takes one buffer of the device for a table, several where it is longer than the largest, and \
        the host's memory where the device has too little. The model is the same wherever they lie.
        """, valueName: "place"))
  var tablesIn = TablePlacement.auto

  @Option(
    help: ArgumentHelp(
      "The most of the device's memory to use, as 512M or 6G (all of it).", valueName: "size"),
    transform: Self.size)
  var deviceMemory: Int?

  @Option(
    help: ArgumentHelp(
      "The largest buffer to make on the device, as 512M or 6G (as large as it allows).",
      valueName: "size"), transform: Self.size)
  var largestBuffer: Int?

  private static func size(_ text: String) throws -> Int {
    guard let size = VocabularyOptions.size(text), size > 0 else {
      throw ValidationError("expected a size, as 512M or 6G, and not \(text)")
    }
    return size
  }

  /// The backend that was asked for.
  func backend() throws -> any Backend {
    guard device != "reference" else { return ReferenceBackend() }
    let backend = try openCL()
    if let doubt = backend.products.doubt { Console().say("note: \(doubt)") }
    return backend
  }

  /// The OpenCL backend that was asked for.
  ///
  /// - Parameter profiling: whether it keeps the times of commands.
  func openCL(profiling: Bool = false) throws -> OpenCLBackend {
    guard device != "reference" else {
      throw ValidationError("this needs an OpenCL device, which the reference is not")
    }
    let own = try Device.select(device, forProcess: Launch.current.localRank)
    let backend = try OpenCLBackend(own, products: gemm, profiling: profiling)
    backend.tablePlacement = tablesIn
    (backend.mostMemory, backend.largestBuffer) = (deviceMemory, largestBuffer)
    return backend
  }

  /// The OpenCL backend that was asked for, to be held against the reference.
  func checkedOpenCL() throws -> OpenCLBackend {
    guard gemm.keepsFloats else {
      throw ValidationError(
        "--gemm \(gemm.rawValue) rounds factors on purpose, and a check only allows for the rounding of"
          + " floats; on a CPU --gemm bfloat16x3 checks the same kernels, and those of a GPU's tensor "
          + "cores are checked whenever they are taken")
    }
    return try openCL()
  }
}

extension MatrixProducts.Policy: ExpressibleByArgument {}
extension TablePlacement: ExpressibleByArgument {}
