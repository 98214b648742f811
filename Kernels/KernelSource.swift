/// The OpenCL C sources of `Kernels/`, embedded into the binary so that it can be moved anywhere.
public enum KernelSource {
  /// `philox.cl`: counter-based random numbers.
  public static let philox = text(PackageResources.philox_cl)

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
