/// An array of fixed length without checks at each access, which cost more than the work itself where
/// millions of values pass. Copies of whoever holds it share it.
package final class FixedArray<Element> {
  package let base: UnsafeMutablePointer<Element>
  package let count: Int

  package init(_ elements: [Element]) {
    count = elements.count
    base = .allocate(capacity: count)
    _ = UnsafeMutableBufferPointer(start: base, count: count).initialize(from: elements)
  }

  package convenience init(repeating element: Element, count: Int) {
    self.init([Element](repeating: element, count: count))
  }

  deinit {
    base.deinitialize(count: count)
    base.deallocate()
  }
}
