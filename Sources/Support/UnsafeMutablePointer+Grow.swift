extension UnsafeMutablePointer where Pointee: BitwiseCopyable {
  /// Moves to memory for `capacity` elements with the first `count` of them; the old memory is gone.
  package mutating func grow(to capacity: Int, keeping count: Int) {
    let larger = UnsafeMutablePointer.allocate(capacity: capacity)
    larger.initialize(from: self, count: count)
    deallocate()
    self = larger
  }
}
