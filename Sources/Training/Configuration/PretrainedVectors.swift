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

extension PretrainedVectors.Source {
  /// The field of the encoder.
  func encoded(by encoder: FeatureEncoder) throws -> FieldEncoder {
    let found = try encoder.field(named: field, for: "vectors")
    guard found.field.effectiveEncoding == .vocabulary else {
      throw UserError(
        "vectors", found: "field \(quoted(field)), which has no vocabulary",
        expected: "a field whose values have vectors of their own",
        remedy: "make it categorical, or leave its vectors out")
    }
    return found
  }
}
