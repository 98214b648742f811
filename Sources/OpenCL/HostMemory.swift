import COpenCL
import Dispatch

/// Host memory at a fixed place, which transfers may use while the program goes on.
///
/// A transfer keeps it alive until it is done; its contents must not be touched until then.
/// Pinned memory is where a driver's devices read from by themselves; from any other a GPU's driver copies on the thread
/// that asks for the transfer.
package final class HostMemory<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The elements.
  package let elements: UnsafeMutableBufferPointer<Element>
  /// Gives the memory back.
  private let release: () -> Void

  /// Allocates without setting the contents, at a page's beginning.
  package init(count: Int) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 4096)
    elements = UnsafeMutableBufferPointer(
      start: bytes.bindMemory(to: Element.self).baseAddress, count: count)
    release = { bytes.deallocate() }
  }

  /// Allocates pinned memory by a device's driver, without setting the contents.
  ///
  /// - Throws: ``OpenCLError/call(_:_:detail:)``.
  package init(pinned count: Int, on queue: Queue) throws {
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    var status = CL_SUCCESS
    let buffer = clCreateBuffer(
      queue.context.handle, cl_mem_flags(CL_MEM_READ_WRITE | CL_MEM_ALLOC_HOST_PTR), bytes, nil,
      &status)
    try check(status, "clCreateBuffer", "\(bytes) bytes of pinned memory")
    let start = clEnqueueMapBuffer(
      queue.handle, buffer, cl_bool(CL_TRUE), cl_map_flags(CL_MAP_READ | CL_MAP_WRITE), 0, bytes, 0,
      nil, nil, &status)
    do {
      try check(status, "clEnqueueMapBuffer", "\(bytes) bytes of pinned memory")
    } catch {
      clReleaseMemObject(buffer)
      throw error
    }
    elements = UnsafeMutableBufferPointer(
      start: start!.bindMemory(to: Element.self, capacity: max(count, 1)), count: count)
    release = {
      clEnqueueUnmapMemObject(queue.handle, buffer, start, 0, nil, nil)
      clReleaseMemObject(buffer)
    }
  }

  /// Copies `values`.
  package convenience init(_ values: [Element]) {
    self.init(count: values.count)
    _ = elements.initialize(from: values)
  }

  /// Copies `values` to the beginning, what is large on all cores.
  package func copy(_ values: [Element]) where Element: Sendable {
    precondition(values.count <= elements.count)
    // A piece that a core copies in some 0.1 ms: less is not worth another one's waking.
    let piece = (1 << 20) / MemoryLayout<Element>.stride
    guard values.count >= 4 * piece else {
      _ = elements.update(fromContentsOf: values)
      return
    }
    DispatchQueue.concurrentPerform(iterations: (values.count + piece - 1) / piece) { [self] part in
      let range = part * piece..<min((part + 1) * piece, values.count)
      _ = elements[range].update(fromContentsOf: values[range])
    }
  }

  deinit { release() }
}
