extension Schema {
  /// One field of the model's input.
  public struct Field: Codable, Sendable, Hashable {
    /// What a field's values are.
    public enum Kind: String, Codable, Sendable, CaseIterable {
      /// One value of a set.
      case categorical
      /// A list of values of a set, pooled into one.
      case multivalued
      /// A number.
      case numeric
    }

    /// How a number becomes input.
    public enum Encoding: String, Codable, Sendable, CaseIterable {
      /// One id, x = the number.
      case value
      /// One id, x = (the number − mean) / standard deviation of the training data.
      case standardized
      /// ⌊(ln x)²⌋ for x > 2, else ⌊x⌋, as the value of a categorical field.
      case logBucket = "log-bucket"
    }

    /// How the values of a list become one.
    public enum Pooling: String, Codable, Sendable, CaseIterable {
      /// Each value counts x = 1 (or its own weight).
      case sum
      /// Each of n values counts x = 1/n (or its own weight / n).
      case mean
    }

    /// The field's name, unique in its schema.
    public var name: String
    /// The column it is read from; nil where it is the name.
    public var column: String?
    /// What its values are.
    public var kind: Kind
    /// Where a list is cut, one ASCII character; nil means `|`.
    public var separator: String?
    /// How a list is pooled; nil means ``Pooling/mean``.
    public var pooling: Pooling?
    /// The most values of a list, further ones are cut; nil for the longest of the training data.
    public var maxValues: Int?
    /// How a number is encoded; nil means ``Encoding/standardized``.
    public var encoding: Encoding?
    /// How often a value must occur to have a row of its own; nil for the schema's count.
    public var minCount: Int?
    /// libsvm: the ids that belong to the field.
    public var ids: IDRange?
    /// libsvm: whether the value of a pair is x; where not, each must be 1.
    public var weighted: Bool?

    /// A field with one value of a set.
    public static func categorical(
      _ name: String, column: String? = nil, minCount: Int? = nil
    ) -> Field {
      Field(name: name, column: column, kind: .categorical, minCount: minCount)
    }

    /// A field with a list of values of a set.
    public static func multivalued(
      _ name: String, column: String? = nil, separator: String? = nil, pooling: Pooling? = nil,
      maxValues: Int? = nil, minCount: Int? = nil
    ) -> Field {
      Field(
        name: name, column: column, kind: .multivalued, separator: separator, pooling: pooling,
        maxValues: maxValues, minCount: minCount)
    }

    /// A field with a number.
    public static func numeric(
      _ name: String, column: String? = nil, encoding: Encoding? = nil, minCount: Int? = nil
    ) -> Field {
      Field(name: name, column: column, kind: .numeric, encoding: encoding, minCount: minCount)
    }

    /// A field that owns a range of libsvm ids.
    public static func ids(
      _ name: String, _ range: IDRange, kind: Kind = .categorical, pooling: Pooling? = nil,
      weighted: Bool? = nil
    ) -> Field {
      Field(name: name, kind: kind, pooling: pooling, ids: range, weighted: weighted)
    }

    /// The number's encoding, nil for what is not a number.
    var numericEncoding: Encoding? { kind == .numeric ? encoding ?? .standardized : nil }

    /// Whether the field's values are looked up in a vocabulary.
    var hasVocabulary: Bool { kind != .numeric || encoding == .logBucket }

    /// Whether the field's slots carry x other than 1.
    var carriesValues: Bool {
      switch kind {
      case .categorical: weighted ?? false
      case .multivalued: (weighted ?? false) || isMean
      case .numeric: numericEncoding != .logBucket
      }
    }

    /// Whether the field is a list of which the mean is taken.
    var isMean: Bool { kind == .multivalued && pooling ?? .mean == .mean }

    /// The byte between the values of a list.
    var separatorByte: UInt8 { separator?.utf8.first ?? UInt8(ascii: "|") }
  }
}
