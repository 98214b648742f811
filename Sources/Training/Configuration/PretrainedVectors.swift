import Features
import Support

/// Vectors that fields start with, or keep, each from a file: `field=FILE`, or `field=FILE:frozen`.
public struct PretrainedVectors: Sendable, Hashable {
  /// The vectors of one field.
  public struct Source: Sendable, Hashable {
    /// The field's name.
    public var field: String
    /// The file of vectors by value.
    public var path: String
    /// Whether they stay as they are.
    public var isFrozen: Bool

    /// - Parameters:
    ///   - field: the field's name.
    ///   - path: the file of vectors by value.
    ///   - isFrozen: whether they stay as they are.
    public init(field: String, path: String, isFrozen: Bool = false) {
      (self.field, self.path, self.isFrozen) = (field, path, isFrozen)
    }
  }

  /// One for each field that has some.
  public var sources: [Source]

  /// Vectors from these files.
  public init(_ sources: [Source]) { self.sources = sources }
}

extension PretrainedVectors: ConfigurationValue {
  private static let frozen = ":frozen"

  init?(text: String) {
    // What would mean something else in YAML.
    guard !text.contains(where: { "#\"'{}[]\n".contains($0) }), !text.contains(": ") else {
      return nil
    }
    sources = []
    for part in text.split(separator: ",") {
      let words = part.split(separator: "=", maxSplits: 1).map { $0.trimmingPrefix { $0 == " " } }
      guard words.count == 2, !words[0].isEmpty else { return nil }
      let field = String(words[0]).trimmed
      var path = String(words[1]).trimmed
      let isFrozen = path.hasSuffix(Self.frozen)
      if isFrozen { path.removeLast(Self.frozen.count) }
      guard !path.isEmpty, !sources.contains(where: { $0.field == field }) else { return nil }
      sources.append(Source(field: field, path: path, isFrozen: isFrozen))
    }
    if sources.isEmpty { return nil }
  }

  var text: String {
    sources.map { "\($0.field)=\($0.path)" + ($0.isFrozen ? Self.frozen : "") }
      .joined(separator: ", ")
  }

  static var expected: String {
    "field=FILE or field=FILE:frozen, separated by commas, each field once"
  }
}

extension String {
  /// Without the blanks at its ends.
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

extension TrainingConfiguration {
  /// Sets which fields of an encoder have vectors that are not trained: those that ``vectors`` says, with all that share
  /// their vocabulary.
  ///
  /// - Throws: `UserError` for a field that there is not, or that has no values which could have vectors.
  package mutating func freezeFields(of encoder: FeatureEncoder) throws {
    guard let vectors else { return }
    sizes.frozenFields = try vectors.sources.flatMap { source in
      let field = try source.encoded(by: encoder)
      guard source.isFrozen else { return [Int]() }
      return encoder.fields.indices.filter { encoder.fields[$0].firstID == field.firstID }
    }
  }
}

extension PretrainedVectors.Source {
  /// The field of the encoder.
  func encoded(by encoder: FeatureEncoder) throws -> FieldEncoder {
    guard let found = encoder.fields.first(where: { $0.field.name == field }) else {
      let guess = nearest(to: field, among: encoder.fields.map(\.field.name))
      throw UserError(
        "vectors", found: "field \(quoted(field))", expected: "a field of the schema",
        remedy: guess.map { "did you mean \(quoted($0))?" } ?? "name one of them")
    }
    guard found.field.effectiveEncoding == .vocabulary else {
      throw UserError(
        "vectors", found: "field \(quoted(field)), which has no vocabulary",
        expected: "a field whose values have vectors of their own",
        remedy: "make it categorical, or leave its vectors out")
    }
    return found
  }
}
