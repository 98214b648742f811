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
      /// No input of the model. A schema may say so of a column; `Schema.completed(from:)` drops
      /// the field.
      case ignored
    }

    /// How a value becomes input.
    public enum Encoding: String, Codable, Sendable, CaseIterable {
      /// Numbers: one id, x = the number.
      case value
      /// Numbers: one id, x = (the number − mean) / standard deviation of the training data.
      case standardized
      /// Numbers: ⌊(ln x)²⌋ for x > 2, else ⌊x⌋, as the value of a categorical field.
      case logBucket = "log-bucket"
      /// Numbers: an id for each of ``Field/buckets`` ranges that hold about as many of the training
      /// data's numbers each.
      case quantiles
      /// Numbers: an id for each range between ``Field/boundaries``.
      case boundaries
      /// Numbers: a piecewise-linear function of the number, with knots at ``Field/buckets`` quantiles of the
      /// training data and coarser levels above them.
      case piecewise
      /// Numbers: a sum of waves of ``Field/frequencies`` lengths over the number's place among quantiles of the
      /// training data.
      case periodic
      /// Other kinds: an id for each value that was seen often enough.
      case vocabulary
      /// Other kinds: an id for each of ``Field/buckets`` remainders of the value's hash.
      case hash

      /// What numbers may be encoded as, or what other values may be.
      static func choices(for kind: Kind) -> [Encoding] {
        kind == .numeric
          ? [.value, .standardized, .logBucket, .quantiles, .boundaries, .piecewise, .periodic]
          : [.vocabulary, .hash]
      }
    }

    /// How the values of a list become one.
    public enum Pooling: String, Codable, Sendable, CaseIterable {
      /// Each value counts x = 1 (or its own weight).
      case sum
      /// Each of n values counts x = 1/n (or its own weight / n).
      case mean
      /// As the mean for first-order weights; vectors are weighed by that of the field that shares the list's
      /// ``Field/vocabulary``, its target.
      case attention
      /// The same, but that each value's weight is what a small network makes of both vectors.
      case din
    }

    /// The field's name, unique in its schema.
    public var name: String
    /// The column it is read from; nil where it is the name.
    public var column: String?
    /// What its values are.
    public var kind: Kind
    /// Which part of a time the value is; nil where it is the column's own.
    public var derive: TimePart?
    /// How the time of a derived field is written; nil for that of ``Schema/time``, or to tell from
    /// the log where the field names a column of its own.
    public var timeFormat: TimeFormat?
    /// Where a list is cut, one ASCII character; nil means `|`, and a
    /// comma within ``brackets``.
    public var separator: String?
    /// Whether a list is written in brackets, as `[1, 2]`, `['a', 'b']` or `{a,b}`: these, and blanks and
    /// quotes around its values, are no part of them.
    public var brackets: Bool?
    /// How a list is pooled; nil means ``Pooling/mean``.
    public var pooling: Pooling?
    /// The most values of a list, further ones are cut; nil for the longest of the training data, of a history for
    /// ``Schema/History/usualLength``.
    public var maxValues: Int?
    /// What the list is made of where it is a history; nil for any other list.
    public var history: History?
    /// How values are encoded; nil means ``Encoding/standardized`` for numbers and
    /// ``Encoding/vocabulary`` for others.
    public var encoding: Encoding?
    /// How often a value must occur to have a row of its own; nil for the schema's count.
    public var minCount: Int?
    /// The name of a vocabulary; fields that name the same one share it, ids and all.
    public var vocabulary: String?
    /// The most values that may be counted; nil for the schema's limit.
    public var limit: Int?
    /// What happens beyond the limit; nil for the schema's rule.
    public var overflow: Overflow?
    /// The number of buckets of ``Encoding/hash`` and ``Encoding/quantiles``, and of the finest ranges of
    /// ``Encoding/piecewise``, 64 if left out.
    public var buckets: Int?
    /// The number of frequencies of ``Encoding/periodic``; nil for 6.
    public var frequencies: Int?
    /// The hash of ``Encoding/hash``; nil means ``StableHash/xxh64``.
    public var hash: StableHash?
    /// Where the ranges of ``Encoding/boundaries`` meet, ascending: a number belongs into the range
    /// whose lower boundary it is not below.
    public var boundaries: [Double]?
    /// libsvm: the ids that belong to the field.
    public var ids: IDRange?
    /// libsvm: whether the value of a pair is x; where not, each must be 1.
    public var weighted: Bool?

    /// A field with one value of a set.
    public static func categorical(
      _ name: String, column: String? = nil, minCount: Int? = nil, vocabulary: String? = nil
    ) -> Field {
      Field(
        name: name, column: column, kind: .categorical, minCount: minCount, vocabulary: vocabulary)
    }

    /// A field with a list of values of a set.
    public static func multivalued(
      _ name: String, column: String? = nil, separator: String? = nil, brackets: Bool? = nil,
      pooling: Pooling? = nil,
      maxValues: Int? = nil, minCount: Int? = nil, vocabulary: String? = nil
    ) -> Field {
      Field(
        name: name, column: column, kind: .multivalued, separator: separator, brackets: brackets,
        pooling: pooling,
        maxValues: maxValues, minCount: minCount, vocabulary: vocabulary)
    }

    /// A field with a number.
    public static func numeric(
      _ name: String, column: String? = nil, encoding: Encoding? = nil, minCount: Int? = nil,
      buckets: Int? = nil, frequencies: Int? = nil, boundaries: [Double]? = nil
    ) -> Field {
      Field(
        name: name, column: column, kind: .numeric, encoding: encoding, minCount: minCount,
        buckets: buckets, frequencies: frequencies, boundaries: boundaries)
    }

    /// The same field, its values hashed into buckets.
    public func hashed(into buckets: Int, by hash: StableHash? = nil) -> Field {
      var field = self
      (field.encoding, field.buckets, field.hash) = (.hash, buckets, hash)
      return field
    }

    /// A field made of a time.
    ///
    /// - Parameter column: where the time is; nil for ``Schema/time``.
    public static func derived(
      _ name: String, _ part: TimePart, column: String? = nil, format: TimeFormat? = nil
    ) -> Field {
      Field(name: name, column: column, kind: .categorical, derive: part, timeFormat: format)
    }

    /// A field that owns a range of libsvm ids.
    public static func ids(
      _ name: String, _ range: IDRange, kind: Kind = .categorical, pooling: Pooling? = nil,
      weighted: Bool? = nil
    ) -> Field {
      Field(name: name, kind: kind, pooling: pooling, ids: range, weighted: weighted)
    }

    /// How values are encoded, whether the schema says so or not.
    package var effectiveEncoding: Encoding {
      encoding ?? (kind == .numeric ? .standardized : .vocabulary)
    }

    /// Whether the field's values are looked up in a vocabulary.
    package var hasVocabulary: Bool {
      effectiveEncoding == .vocabulary || effectiveEncoding == .logBucket
    }

    /// Whether the field's slots carry x other than 1.
    var carriesValues: Bool {
      switch kind {
      case .categorical: weighted ?? false
      case .multivalued: (weighted ?? false) || isMean
      case .numeric:
        [.value, .standardized, .piecewise, .periodic].contains(effectiveEncoding)
      case .ignored: false
      }
    }

    /// Whether a number is encoded by its place among quantiles, in several slots.
    package var hasPlaces: Bool { [.piecewise, .periodic].contains(effectiveEncoding) }

    /// The most frequencies: a wave of the last one is shorter than a range between knots.
    static let mostFrequencies = 12

    /// The number of frequencies, whether the schema says so or not: the shortest of 6 waves has a 16th of the column.
    var effectiveFrequencies: Int { frequencies ?? 6 }

    /// Whether the field is a list whose n values have x of 1/n.
    package var isMean: Bool { kind == .multivalued && pooling ?? .mean != .sum }

    /// The byte between the values of a list.
    var separatorByte: UInt8 {
      separator?.utf8.first ?? (brackets == true ? UInt8(ascii: ",") : UInt8(ascii: "|"))
    }
  }
}
