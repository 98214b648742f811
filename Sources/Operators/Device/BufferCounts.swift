import OpenCL

/// How many numbers of 4 bytes each buffer of something has, by its label: what a memory plan says and what
/// is allocated.
struct BufferCounts: ExpressibleByDictionaryLiteral {
  private(set) var all: [(label: String, count: Int)]

  init(dictionaryLiteral elements: (String, Int)...) {
    all = elements.map { (label: $0.0, count: $0.1) }
  }

  static func + (first: Self, second: Self) -> Self {
    var sum = first
    sum.all += second.all
    return sum
  }

  /// Makes the buffer with a label.
  ///
  /// - Precondition: there is one.
  func buffer<Element>(_ label: String, _ context: Context) throws -> Buffer<Element> {
    guard let entry = all.first(where: { $0.label == label }) else {
      preconditionFailure("no count of \(label)")
    }
    return try Buffer(context, count: entry.count, label: label)
  }
}
