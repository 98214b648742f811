import COpenCL
import Synchronization

/// An array in a device's memory, given back when the last reference goes. May be used from any
/// thread; the order of what happens to it is the queue's.
///
/// Each allocation has `bufferSlack` bytes after its last element, so that a kernel may load whole
/// vectors past the end (and never store there). A count of 0 is legal.
public final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The handle, for libraries that speak OpenCL themselves; valid while the buffer lives.
  package let handle: cl_mem
  /// What the memory belongs to.
  package let context: Context
  /// The number of elements.
  public let count: Int
  /// What the buffer holds, for messages and plans.
  public let label: String
  /// No other buffer of the process has had it.
  let number = buffersMade.add(1, ordering: .relaxed).newValue
  /// What the memory belongs to, which lives as long as this buffer; nil where it is its own.
  private let owner: (any Sendable)?
  /// The memory as it is, where elements are kept in half of their bits: by this alone they are written and read.
  package let rounded: Buffer<BFloat16>?

  /// Allocates without setting the contents.
  ///
  /// - Throws: ``OpenCLError/bufferTooLarge(label:bytes:limit:device:)``, or the failed call.
  package init(_ context: Context, count: Int, label: String) throws {
    precondition(count >= 0)
    let bytes = Self.bytes(count: count)
    let device = context.device
    guard bytes <= device.maxAllocation else {
      throw OpenCLError.bufferTooLarge(
        label: label, bytes: bytes, limit: device.maxAllocation, device: device.name)
    }
    var status = CL_SUCCESS
    let flags = cl_mem_flags(CL_MEM_READ_WRITE)
    let handle = clCreateBuffer(context.handle, flags, bytes, nil, &status)
    try check(status, "clCreateBuffer", "buffer \"\(label)\" of \(bytes) bytes")
    self.handle = handle!
    self.context = context
    self.count = count
    self.label = label
    (owner, rounded) = (nil, nil)
    context.account(bytes: bytes)
  }

  /// Uses values of the host where they are, to be read only. There is no slack behind them.
  ///
  /// - Parameter values: not empty; they stay alive as long as the buffer, which must itself live
  ///   until the commands that use it are done, see ``Queue/keepAlive(_:)``.
  /// - Precondition: the device shares the host's memory.
  package init(
    borrowing values: [Element], in context: Context, label: String
  ) throws where Element: Sendable {
    precondition(context.device.sharesHostMemory && !values.isEmpty)
    var status = CL_SUCCESS
    let flags = cl_mem_flags(CL_MEM_READ_ONLY | CL_MEM_USE_HOST_PTR)
    // An array's elements stay where they are while it is alive and not changed.
    let handle = values.withUnsafeBytes {
      clCreateBuffer(
        context.handle, flags, $0.count, UnsafeMutableRawPointer(mutating: $0.baseAddress), &status)
    }
    try check(status, "clCreateBuffer", "buffer \"\(label)\" of the host's memory")
    self.handle = handle!
    self.context = context
    count = values.count
    self.label = label
    (owner, rounded) = (values, nil)
  }

  /// A part of another buffer's memory.
  init(slice handle: cl_mem, of whole: Buffer, count: Int) {
    self.handle = handle
    (context, label) = (whole.context, whole.label)
    self.count = count
    (owner, rounded) = (whole, nil)
  }

  /// The memory of numbers in half of a float's bits, as kernels take it that see them as floats.
  package init(rounded: Buffer<BFloat16>) where Element == Float {
    clRetainMemObject(rounded.handle)
    handle = rounded.handle
    (context, label, count) = (rounded.context, rounded.label, rounded.count)
    (owner, self.rounded) = (rounded, rounded)
  }

  deinit {
    clReleaseMemObject(handle)
    if owner == nil { context.account(bytes: -Self.bytes(count: count)) }
  }

  /// The bytes of the allocation, with its slack.
  package var allocatedBytes: Int { rounded?.allocatedBytes ?? Self.bytes(count: count) }

  /// The bytes an allocation of `count` elements takes, with its slack.
  package static func bytes(count: Int) -> Int {
    count * MemoryLayout<Element>.stride + bufferSlack
  }
}

/// How many buffers there have been.
private let buffersMade = Atomic(0)

/// The bytes after a buffer's last element that kernels may read.
package let bufferSlack = 256

extension Buffer {
  /// Allocates and sets every byte, the slack's too, to zero.
  package convenience init(zeros count: Int, on queue: Queue, label: String) throws {
    try self.init(queue.context, count: count, label: label)
    var zero: UInt8 = 0
    try queue.enqueue("clEnqueueFillBuffer", "fill \(label)") {
      clEnqueueFillBuffer(queue.handle, handle, &zero, 1, 0, allocatedBytes, 0, nil, $0)
    }
  }

  /// Allocates and writes `values`, without waiting for the device.
  package convenience init(_ values: [Element], on queue: Queue, label: String) throws {
    try self.init(queue.context, count: values.count, label: label)
    try write(values, on: queue)
  }
}
