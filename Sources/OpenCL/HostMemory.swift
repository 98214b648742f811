/// Host memory at a fixed place, which transfers may use while the program goes on.
///
/// A transfer keeps it alive until it is done; its contents must not be touched until then.
package final class HostMemory<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The elements.
  package let elements: UnsafeMutableBufferPointer<Element>

  /// Allocates without setting the contents, at a page's beginning.
  package init(count: Int) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count, 1) * MemoryLayout<Element>.stride, alignment: 4096)
    elements = UnsafeMutableBufferPointer(
      start: bytes.bindMemory(to: Element.self).baseAddress, count: count)
  }

  /// Copies `values`.
  package convenience init(_ values: [Element]) {
    self.init(count: values.count)
    _ = elements.initialize(from: values)
  }

  deinit { UnsafeMutableRawPointer(elements.baseAddress!).deallocate() }
}
