import Support

extension DataSplit: Codable, StrictlyKeyed {
  enum CodingKeys: String, CodingKey, CaseIterable {
    case rule, sizes, seed, trainUntil = "train_until", validUntil = "valid_until",
      testUntil = "test_until"
  }

  package static var knownKeys: [String: (any StrictlyKeyed.Type)?] {
    Dictionary(uniqueKeysWithValues: CodingKeys.allCases.map { ($0.rawValue, nil) })
  }

  package static var mayBeScalar: Bool { true }

  /// Reads a mapping with a rule and what belongs to it, or the rule alone.
  public init(from decoder: any Decoder) throws {
    let path = decoder.codingPath.map(KeyProblem.Step.init)
    do {
      if let container = try? decoder.container(keyedBy: CodingKeys.self) {
        try self.init(container)
      } else {
        let word = try decoder.singleValueContainer().decode(String.self)
        guard let rule = Rule(rawValue: word) else {
          let words = Rule.allCases.map(\.rawValue)
          throw KeyProblem(
            path: path, found: "split \(quoted(word))", expected: "one of \(listed(words))",
            remedy: suggestion(for: word, among: words, otherwise: "choose one"))
        }
        guard rule != .time else { throw Self.noEnd(path) }
        try self.init(rule, sizes: Self.usualSizes)
      }
    } catch let error as UserError {
      throw KeyProblem(
        path: path, found: error.found, expected: error.expected, remedy: error.remedy)
    }
  }

  private init(_ container: KeyedDecodingContainer<CodingKeys>) throws {
    guard let rule = try container.decodeChoice(Rule.self, forKey: .rule) else {
      throw KeyProblem(
        path: container.codingPath.map(KeyProblem.Step.init), found: "a split without rule",
        expected: "rule: \(listed(Rule.allCases.map(\.rawValue)))", remedy: "add it")
    }
    let foreign: [CodingKeys] =
      rule == .time ? [.sizes, .seed] : [.trainUntil, .validUntil, .testUntil]
    if let key = foreign.first(where: container.contains) {
      throw Self.problem(
        container, key, "\(key.rawValue)", "no such key for rule \(rule.rawValue)",
        "delete it or choose another rule")
    }
    guard rule == .time else {
      try self.init(
        rule, sizes: Self.sizes(in: container),
        seed: container.decodeIfPresent(UInt64.self, forKey: .seed) ?? 1)
      return
    }
    guard let train = try Self.moment(.trainUntil, in: container) else {
      throw Self.noEnd(container.codingPath.map(KeyProblem.Step.init))
    }
    try self.init(
      trainUntil: train, validUntil: Self.moment(.validUntil, in: container),
      testUntil: Self.moment(.testUntil, in: container))
  }

  /// The sizes as a list, or as the flag has them.
  private static func sizes(in container: KeyedDecodingContainer<CodingKeys>) throws -> [Size] {
    guard container.contains(.sizes) else { return usualSizes }
    let texts =
      try (try? container.decode([String].self, forKey: .sizes))
      ?? container.decode(String.self, forKey: .sizes).split(separator: ",").map {
        String($0.drop { $0 == " " })
      }
    return try texts.map { text in
      guard let size = Size(text) else {
        throw problem(
          container, .sizes, "size \(quoted(text))", "a share, a number of rows, or rest",
          "write 0.8, 80%, 10000 or rest")
      }
      return size
    }
  }

  private static func moment(
    _ key: CodingKeys, in container: KeyedDecodingContainer<CodingKeys>
  ) throws -> Int64? {
    guard container.contains(key) else { return nil }
    guard let text = try? container.decode(String.self, forKey: key) else {
      return try container.decode(Int64.self, forKey: key)
    }
    guard let moment = moment(text) else {
      throw problem(
        container, key, quoted(text), "a moment",
        "write 2014-10-29, 2014-10-29 06:00:00 or seconds")
    }
    return moment
  }

  private static func noEnd(_ path: [KeyProblem.Step]) -> KeyProblem {
    KeyProblem(
      path: path, found: "rule time without train_until", expected: "when the training rows end",
      remedy: "write {rule: time, train_until: 2014-10-29}")
  }

  private static func problem(
    _ container: KeyedDecodingContainer<CodingKeys>, _ key: CodingKeys, _ found: String,
    _ expected: String, _ remedy: String
  ) -> KeyProblem {
    KeyProblem(
      path: (container.codingPath + [key]).map(KeyProblem.Step.init), found: found,
      expected: expected, remedy: remedy)
  }

  /// Writes what ``init(from:)`` reads: sizes as texts, moments in seconds.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(rule, forKey: .rule)
    if let until {
      try container.encode(until.train, forKey: .trainUntil)
      try container.encodeIfPresent(until.valid, forKey: .validUntil)
      try container.encodeIfPresent(until.test, forKey: .testUntil)
    } else {
      try container.encode(sizes.map(\.description), forKey: .sizes)
      try container.encode(seed, forKey: .seed)
    }
  }
}
