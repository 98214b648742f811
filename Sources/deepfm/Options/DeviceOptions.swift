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
        auto takes our kernels on CPUs; on GPUs ours, CLBlast, or tf32x3 where its errors are within what floats \
        may have, whichever is fastest, which it measures once and remembers. \
        bfloat16 rounds factors to 8 bits of precision and sums in floats: several times faster on CPUs \
        with AMX. On NVIDIA's GPUs tensor cores do so; tf32 keeps 11 bits, and tf32x3 21, nearly those of \
        a float, by three products. On CPUs bfloat16x2 keeps 16, bfloat16x3 all 24.
        """))
  var gemm = MatrixProducts.Policy.auto

  @OptionGroup var placement: MemoryOptions

  /// The backend that was asked for.
  func backend() throws -> any Backend {
    guard device != "reference" else {
      try placement.refuse(on: device)
      return ReferenceBackend()
    }
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
    placement.apply(to: backend)
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
