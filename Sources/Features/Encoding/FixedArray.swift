/// An array of fixed length without checks at each access, which cost more than the work itself where
/// millions of values pass. Copies of whoever holds it share it.
final class FixedArray<Element> {
  let base: UnsafeMutablePointer<Element>
  let count: Int

  init(_ elements: [Element]) {
    count = elements.count
    base = .allocate(capacity: count)
    _ = UnsafeMutableBufferPointer(start: base, count: count).initialize(from: elements)
  }

  convenience init(repeating element: Element, count: Int) {
    self.init([Element](repeating: element, count: count))
  }

  deinit {
    base.deinitialize(count: count)
    base.deallocate()
  }
}
