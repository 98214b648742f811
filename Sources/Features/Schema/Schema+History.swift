import Support

extension Schema {
  /// What a list is made of that is a history: the values of a column in the rows of the same user before a row, the
  /// newest first.
  public struct History: Codable, Sendable, Hashable {
    /// The column of the values.
    public var of: String
    /// The column of the user, or of whatever else has a history.
    public var by: String
    /// Whether only clicks count; nil for every row.
    public var clicks: Bool?

    /// How many values a history has at most where the field does not say so.
    public static let usualLength = 50

    /// The values of a column in a user's rows, or in his clicks alone.
    public init(of: String, by: String, clicks: Bool? = nil) {
      (self.of, self.by, self.clicks) = (of, by, clicks)
    }
  }
}

extension Schema.History: StrictlyKeyed {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case of, by, clicks
  }

  /// The keys of a history.
  package static var knownKeys: [String: (any StrictlyKeyed.Type)?] {
    Dictionary(uniqueKeysWithValues: CodingKeys.allCases.map { ($0.rawValue, nil) })
  }
}

extension Schema.Field {
  /// The most values of a list where that is known before any log is read.
  var cap: Int? { maxValues ?? history.map { _ in Schema.History.usualLength } }
}

extension Schema {
  /// Refuses a history that cannot be made.
  func checkHistory(of field: Field) throws(KeyProblem) {
    guard let history = field.history else { return }
    func problem(
      _ key: History.CodingKeys, _ found: String, _ expected: String, _ remedy: String
    ) -> KeyProblem {
      KeyProblem(
        path: [.init(Field.CodingKeys.history), .init(key)], found: found, expected: expected,
        remedy: remedy)
    }

    let own = field.column ?? field.name
    for (key, column) in [(History.CodingKeys.of, history.of), (.by, history.by)]
    where column.isEmpty || column == own {
      throw problem(
        key, column.isEmpty ? "no column" : "the history's own column", "a column of the log",
        "name that of the \(key == .of ? "values" : "user")")
    }
    if history.of == label?.column {
      throw problem(
        .of, "the label's column", "another one",
        "name that of the values; clicks: true counts clicks alone")
    }
    let isList = fields.contains {
      $0.kind == .multivalued && $0.history == nil && ($0.column ?? $0.name) == history.of
    }
    if isList {
      throw problem(
        .of, "lists in \(quoted(history.of))", "one value a row", "name another column")
    }
  }
}
