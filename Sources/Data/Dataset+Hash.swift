import Support

extension Dataset {
  /// Adds all ids, values, labels and weights to a hash: the same for the same rows in the same order,
  /// however they are cut into segments.
  package func add(to hash: inout XXH64) {
    func add<Element>(_ start: UnsafePointer<Element>?, _ count: Int) {
      guard let start else { return }
      hash.add(UnsafeRawBufferPointer(UnsafeBufferPointer(start: start, count: count)))
    }
    for segment in segments { add(segment.ids, segment.rows * layout.slots) }
    for segment in segments { add(segment.values, segment.rows * layout.slots) }
    for segment in segments { add(segment.labels, segment.rows) }
    for segment in segments { add(segment.weights, segment.rows) }
  }
}
