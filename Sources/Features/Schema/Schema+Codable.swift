import Logs
import Support

extension Schema: StrictlyKeyed {
  /// The keys of a schema.
  package static var knownKeys: [String: (any StrictlyKeyed.Type)?] {
    var keys = [String: (any StrictlyKeyed.Type)?](
      uniqueKeysWithValues: CodingKeys.allCases.map { ($0.rawValue, nil) })
    keys["fields"] = Field.self
    keys["label"] = Label.self
    keys["time"] = Time.self
    keys["split"] = DataSplit.self
    return keys
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case format, delimiter, quotes, decimal, thousands, header, columns, label, weight, time, group,
      split, missing, minCount = "min_count", limit, overflow, ignoredIDs = "ignored_ids", fields
  }

  /// Reads what is there; everything may be left out.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    format = try container.decodeChoice(LogFormat.self, forKey: .format)
    delimiter = try container.decodeIfPresent(String.self, forKey: .delimiter)
    quotes = try container.decodeIfPresent(Bool.self, forKey: .quotes)
    decimal = try container.decodeIfPresent(String.self, forKey: .decimal)
    thousands = try container.decodeIfPresent(String.self, forKey: .thousands)
    header = try container.decodeIfPresent(Bool.self, forKey: .header)
    columns = try container.decodeIfPresent([String].self, forKey: .columns)
    label = try container.decodeIfPresent(Label.self, forKey: .label)
    weight = try container.decodeIfPresent(String.self, forKey: .weight)
    time = try container.decodeIfPresent(Time.self, forKey: .time)
    group = try container.decodeIfPresent(String.self, forKey: .group)
    split = try container.decodeIfPresent(DataSplit.self, forKey: .split)
    missing = try container.decodeIfPresent([String].self, forKey: .missing)
    minCount = try container.decodeIfPresent(Int.self, forKey: .minCount)
    limit = try container.decodeIfPresent(Int.self, forKey: .limit)
    overflow = try container.decodeChoice(Overflow.self, forKey: .overflow)
    ignoredIDs = try container.decodeIfPresent([IDRange].self, forKey: .ignoredIDs)
    fields = try container.decodeIfPresent([Field].self, forKey: .fields) ?? []
  }
}

extension Schema.Field: StrictlyKeyed {
  /// The keys of a field.
  package static var knownKeys: [String: (any StrictlyKeyed.Type)?] {
    var keys = [String: (any StrictlyKeyed.Type)?](
      uniqueKeysWithValues: CodingKeys.allCases.map { ($0.rawValue, nil) })
    keys["history"] = Schema.History.self
    return keys
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, column, kind, derive, timeFormat = "time_format", separator, brackets, pooling,
      maxValues = "max_values", history, encoding
    case minCount = "min_count", vocabulary, limit, overflow, buckets, hash, boundaries, ids,
      weighted
  }

  /// Reads a field; only its name must be there.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    column = try container.decodeIfPresent(String.self, forKey: .column)
    kind = try container.decodeChoice(Kind.self, forKey: .kind) ?? .categorical
    derive = try container.decodeChoice(TimePart.self, forKey: .derive)
    timeFormat = try container.decodeChoice(TimeFormat.self, forKey: .timeFormat)
    separator = try container.decodeIfPresent(String.self, forKey: .separator)
    brackets = try container.decodeIfPresent(Bool.self, forKey: .brackets)
    pooling = try container.decodeChoice(Pooling.self, forKey: .pooling)
    maxValues = try container.decodeIfPresent(Int.self, forKey: .maxValues)
    history = try container.decodeIfPresent(Schema.History.self, forKey: .history)
    encoding = try container.decodeChoice(Encoding.self, forKey: .encoding)
    minCount = try container.decodeIfPresent(Int.self, forKey: .minCount)
    vocabulary = try container.decodeIfPresent(String.self, forKey: .vocabulary)
    limit = try container.decodeIfPresent(Int.self, forKey: .limit)
    overflow = try container.decodeChoice(Overflow.self, forKey: .overflow)
    buckets = try container.decodeIfPresent(Int.self, forKey: .buckets)
    hash = try container.decodeChoice(StableHash.self, forKey: .hash)
    boundaries = try container.decodeIfPresent([Double].self, forKey: .boundaries)
    ids = try container.decodeIfPresent(IDRange.self, forKey: .ids)
    weighted = try container.decodeIfPresent(Bool.self, forKey: .weighted)
  }
}
