import OpenCL
import Operators

/// Where a user wants to compute.
public enum Backends {
  /// The backend a user asks for.
  ///
  /// - Parameters:
  ///   - device: `reference` for plain Swift in double precision, slow; otherwise an OpenCL device
  ///     as `Device.select(_:)` takes it: `auto`, `gpu`, `cpu`, an index, part of a name.
  ///   - products: who computes matrix products on an OpenCL device.
  /// - Throws: `OpenCLError` where there is no such device.
  public static func make(
    device: String = "auto", products: MatrixProducts.Policy = .auto
  ) throws -> any Backend {
    if device.lowercased() == "reference" { return ReferenceBackend() }
    return try OpenCLBackend(Device.select(device), products: products)
  }
}
