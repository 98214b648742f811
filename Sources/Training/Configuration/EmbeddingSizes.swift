import Features
import Foundation
import Support

/// How many numbers the vectors of fields have, where those of some are to have fewer than the others.
public enum EmbeddingSizes: Sendable, Hashable {
  /// By a field's n features: `1.6 · n^0.56`, rounded, at least 1 and at most ``ModelConfiguration/embeddingSize``.
  case byValues
  /// These of fields by name; those of the others have ``ModelConfiguration/embeddingSize``.
  case fields([String: Int])
}

extension EmbeddingSizes: ConfigurationValue {
  private static let byValuesText = "by-values"

  init?(text: String) {
    guard text != Self.byValuesText else {
      self = .byValues
      return
    }
    var sizes: [String: Int] = [:]
    for part in text.split(separator: ",") {
      let words = part.split(separator: "=").map { $0.split(separator: " ").joined(separator: " ") }
      guard words.count == 2, !words[0].isEmpty, sizes[words[0]] == nil, let size = Int(words[1]),
        size > 0
      else { return nil }
      sizes[words[0]] = size
    }
    guard !sizes.isEmpty else { return nil }
    self = .fields(sizes)
  }

  var text: String {
    switch self {
    case .byValues: Self.byValuesText
    case .fields(let sizes):
      sizes.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
  }

  static var expected: String {
    "by-values, or field=SIZE with sizes above 0, separated by commas, each field once"
  }
}

extension EmbeddingSizes {
  /// The numbers of each field's vectors. Fields that share a vocabulary have one size.
  ///
  /// - Parameter largest: k.
  /// - Throws: `UserError` for a field that there is not, a size above k, two sizes for one vocabulary, and for a
  ///   list that is pooled by attention or its target, whose whole vectors are compared.
  func sizes(of encoder: FeatureEncoder, largest: Int) throws -> [Int] {
    switch self {
    case .byValues:
      let whole = encoder.attendedFields
      return encoder.fields.indices.map { number in
        guard !whole.contains(number) else { return largest }
        let size = 1.6 * pow(Double(encoder.fields[number].rows), 0.56)
        return min(max(Int(size.rounded()), 1), largest)
      }
    case .fields(let chosen):
      var sizes = [Int](repeating: largest, count: encoder.fields.count)
      var namedFirst: [Int32: String] = [:]
      for (name, size) in chosen.sorted(by: { $0.key < $1.key }) {
        let field = try encoder.field(named: name, for: "embedding_sizes")
        try check(name, size, largest: largest)
        if let other = namedFirst[field.firstID], chosen[other] != size {
          throw UserError(
            "embedding_sizes", found: "\(other)=\(chosen[other]!) and \(name)=\(size)",
            expected: "one size: they share a vocabulary", remedy: "leave one of them out")
        }
        namedFirst[field.firstID] = name
        for number in sizes.indices where encoder.fields[number].firstID == field.firstID {
          guard !encoder.attendedFields.contains(number) else {
            throw UserError(
              "embedding_sizes",
              found: "field \(quoted(name)), which attention holds against another",
              expected: "a field whose vectors are not compared as a whole",
              remedy: "leave its size out")
          }
          sizes[number] = size
        }
      }
      return sizes
    }
  }

  private func check(_ name: String, _ size: Int, largest: Int) throws {
    guard size > largest else { return }
    throw UserError(
      "embedding_sizes", found: "\(name)=\(size), above embedding_size, which is \(largest)",
      expected: "a size up to it", remedy: "raise embedding_size, which is the others' size")
  }
}

extension FeatureEncoder {
  /// The numbers of the fields that attention holds against each other.
  fileprivate var attendedFields: Set<Int> {
    Set((layout.attention ?? []).flatMap { [$0.field, $0.target] })
  }
}
