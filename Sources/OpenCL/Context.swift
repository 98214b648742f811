import COpenCL
import Synchronization

/// The memory and programs of one device. May be used from any thread.
package final class Context: @unchecked Sendable {
  /// The handle, for libraries that speak OpenCL themselves; valid while the context lives.
  package let handle: cl_context
  /// The device.
  package let device: Device

  private let allocated = Atomic(0)

  /// - Throws: ``OpenCLError/call(_:_:detail:)``.
  package init(_ device: Device) throws {
    var status = CL_SUCCESS
    var ids: cl_device_id? = device.handle
    let handle = clCreateContext(nil, 1, &ids, nil, nil, &status)
    try check(status, "clCreateContext", device.name)
    self.handle = handle!
    self.device = device
  }

  deinit { clReleaseContext(handle) }

  /// The bytes of all live buffers, with their slack.
  package var allocatedBytes: Int { allocated.load(ordering: .relaxed) }

  /// Accounts for memory taken (positive) or given back (negative).
  func account(bytes: Int) { allocated.add(bytes, ordering: .relaxed) }
}
