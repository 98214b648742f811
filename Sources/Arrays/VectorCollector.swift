import Support

/// Vectors of values, as a file has them: what readers put theirs into.
package struct ValueVectors: Sendable {
  /// Those of the values that were asked for, [values × width]; zeros where the file has none.
  package var vectors: [Float]
  /// Which values have one.
  package var isFound: [Bool]
  /// How many vectors the file has.
  package var inFile = 0
  /// The value of the first one.
  package var first: String?

  /// How many values have one.
  package var found: Int { isFound.count { $0 } }
}

/// Takes the vectors of a file that are asked for, and refuses what cannot be meant.
struct VectorCollector {
  let path: String
  /// The numbers of a vector that the model wants.
  let width: Int
  private let index: (UnsafeRawBufferPointer) -> Int?
  private(set) var found: ValueVectors

  /// - Parameters:
  ///   - count: how many values are asked for.
  ///   - width: the numbers of a vector.
  ///   - index: the place of a value, as UTF-8, among those; nil for one that is not asked for.
  init(
    path: String, count: Int, width: Int, index: @escaping (UnsafeRawBufferPointer) -> Int?
  ) {
    (self.path, self.width, self.index) = (path, width, index)
    found = ValueVectors(
      vectors: [Float](repeating: 0, count: count * width),
      isFound: [Bool](repeating: false, count: count))
  }

  /// Refuses vectors of another length.
  func check(width found: Int) throws {
    guard found == width else {
      throw UserError(
        path, found: "vectors of \(found) numbers",
        expected: "\(width), the model's embedding_size",
        remedy: "set --embedding-size \(found), or bring the vectors to \(width) numbers")
    }
  }

  /// Takes a vector, if it is asked for.
  ///
  /// - Parameters:
  ///   - value: as UTF-8.
  ///   - line: where it is, counted from 1, in a file of lines.
  ///   - fill: writes the vector; the memory has `width` numbers.
  mutating func add(
    _ value: UnsafeRawBufferPointer, line: Int? = nil,
    _ fill: (UnsafeMutablePointer<Float>) throws -> Void
  ) throws {
    found.inFile += 1
    if found.inFile == 1 { found.first = String(decoding: value, as: UTF8.self) }
    guard let place = index(value) else { return }
    func name() -> String { quoted(String(decoding: value, as: UTF8.self)) }
    guard !found.isFound[place] else {
      throw UserError(
        path, line: line, found: "value \(name()) a second time", expected: "a vector a value",
        remedy: "leave one of them out")
    }
    found.isFound[place] = true
    let first = place * width
    try found.vectors.withUnsafeMutableBufferPointer {
      try fill($0.baseAddress! + first)
    }
    guard let bad = found.vectors[first..<first + width].firstIndex(where: { !$0.isFinite }) else {
      return
    }
    throw UserError(
      path, line: line,
      found: "\(found.vectors[bad]) as number \(bad - first + 1) of the vector of \(name())",
      expected: "finite numbers", remedy: "leave the vector out, or correct it")
  }
}
