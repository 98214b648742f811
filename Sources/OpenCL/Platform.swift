import COpenCL

/// One vendor's OpenCL implementation, as registered by its `.icd` file.
package struct Platform: @unchecked Sendable {
  // A platform's handle is never released and may be used from any thread.
  let handle: cl_platform_id

  /// For instance "Portable Computing Language" or "NVIDIA CUDA".
  package let name: String
  /// The vendor.
  package let vendor: String
  /// The version of the host API; the kernel language's is ``Device/languageVersion``.
  package let version: String

  /// The platform's devices of every type, in the driver's order.
  package let devices: [Device]

  /// All platforms, in the loader's order; empty where no driver is installed.
  package static func all() throws -> [Platform] { try installed.get() }

  // Asked for once: loaders and drivers start up at the first call, and not all of them stand two
  // threads doing so together.
  private static let installed = Result {
    try handles("clGetPlatformIDs", none: .noPlatform, clGetPlatformIDs).map(Platform.init)
  }

  private init(_ handle: cl_platform_id) throws {
    func text(_ key: Int32) throws -> String {
      try textInformation("clGetPlatformInfo") {
        clGetPlatformInfo(handle, cl_platform_info(key), $0, $1, $2)
      }
    }
    self.handle = handle
    name = try text(CL_PLATFORM_NAME)
    vendor = try text(CL_PLATFORM_VENDOR)
    version = try text(CL_PLATFORM_VERSION)
    let platform = name
    devices = try handles("clGetDeviceIDs", none: .noDevice) {
      clGetDeviceIDs(handle, cl_device_type(CL_DEVICE_TYPE_ALL), $0, $1, $2)
    }.map { try Device($0, platform: platform) }
  }
}
