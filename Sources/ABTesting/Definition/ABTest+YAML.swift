import Features
import Support
import Yams

extension ABTest {
  private static let keys = [
    "unit", "arm", "arms", "control", "time", "metrics", "segments", "alpha", "correction", "looks",
    "tuning", "planned", "effect",
  ]

  /// Reads a file's text.
  ///
  /// - Parameter name: what errors call it: the file's path.
  /// - Throws: `UserError` with line and column.
  public init(yaml text: String, name: String) throws {
    let place = YAMLPlace(name: name)
    guard let root = try StrictYAML.root(of: text, name: name) else {
      throw UserError.empty(of: name)
    }
    self.init(unit: nil, arm: "", metrics: [])
    var given: [String: Node] = [:]
    for (key, value) in try place.mapping(root) {
      let word = key.string ?? ""
      guard Self.keys.contains(word) else { throw place.unknown(key, among: Self.keys) }
      given[word] = value
      try read(word, value, place)
    }
    for key in ["arm", "metrics"] where given[key] == nil {
      throw place.error(root, found: "no key \"\(key)\"", expected: "it here", remedy: "add it")
    }
    if let control, !arms.isEmpty, !arms.contains(where: { $0.name == control }) {
      throw place.error(
        given["control"]!, found: quoted(control),
        expected: "one of the arms \(listed(arms.map(\.name)))")
    }
  }

  private mutating func read(_ key: String, _ value: Node, _ place: YAMLPlace) throws {
    switch key {
    case "unit": unit = try place.text(value)
    case "arm": arm = try place.text(value)
    case "control": control = try place.text(value)
    case "arms": arms = try Self.arms(value, place)
    case "time": time = try Self.time(value, place)
    case "metrics":
      metrics = try place.mapping(value).map { try Metric($0.key.string ?? "", $0.value, place) }
      try place.refuse(metrics.isEmpty ? value : nil, "no metrics", "at least one")
    case "segments":
      segments = value.scalar.map { [$0.string] } ?? []
      if value.scalar == nil { segments = try place.list(value).map { try place.text($0) } }
    case "alpha": alpha = try place.share(value, "a share above 0 and below 1")
    case "correction": correction = try place.choice(value)
    case "looks": looks = try place.choice(value)
    case "tuning": tuning = try place.count(value)
    case "planned": planned = try place.count(value)
    default:
      effect = try place.number(value, "a relative lift, as 0.02")
      try place.refuse(effect! > 0 ? nil : value, "\(effect!)", "a relative lift above 0")
    }
  }

  private static func arms(_ node: Node, _ place: YAMLPlace) throws -> [Arm] {
    let arms = try place.mapping(node).map { key, value in
      let weight: Double = try place.number(value, "a share")
      try place.refuse(weight > 0 && weight.isFinite ? nil : value, "\(weight)", "a share above 0")
      return Arm(key.string ?? "", weight)
    }
    try place.refuse(arms.count > 1 ? nil : node, "\(arms.count) arms", "at least two")
    return arms
  }

  private static func time(_ node: Node, _ place: YAMLPlace) throws -> Schema.Time {
    if let column = node.scalar?.string { return Schema.Time(column: column) }
    var time = Schema.Time(column: "")
    for (key, value) in try place.mapping(node) {
      switch key.string {
      case "column": time.column = try place.text(value)
      case "format": time.format = try place.choice(value)
      default: throw place.unknown(key, among: ["column", "format"])
      }
    }
    try place.refuse(time.column.isEmpty ? node : nil, "no column", "the column of the time")
    return time
  }
}

extension Metric {
  private static let keys =
    Kind.allCases.map(\.rawValue) + ["per", "winsorize", "covariate", "better"]

  fileprivate init(_ name: String, _ node: Node, _ place: YAMLPlace) throws {
    self.init(name, .ratio, "")
    var per: Node?
    var kinds = 0
    for (key, value) in try place.mapping(node) {
      let word = key.string ?? ""
      if let kind = Kind(rawValue: word) {
        (self.kind, column) = (kind, try place.text(value))
        kinds += 1
        continue
      }
      switch word {
      case "per": (denominator, per) = (try place.text(value), value)
      case "winsorize": winsorize = try place.share(value, "a quantile above 0 and below 1")
      case "covariate": covariate = try place.text(value)
      case "better": better = try place.choice(value)
      default: throw place.unknown(key, among: Self.keys)
      }
    }
    try place.refuse(
      kinds == 1 ? nil : node, "\(kinds) kinds of metric \(quoted(name))",
      "one of ratio, mean and proportion, each with a column")
    try place.refuse(kind == .ratio ? nil : per, "per in a \(kind.rawValue)", "it in a ratio alone")
    if winsorize != nil && kind != .mean {
      throw place.error(
        node, found: "winsorize in a \(kind.rawValue)", expected: "it in a mean alone")
    }
  }
}

extension YAMLPlace {
  fileprivate func share(_ node: Node, _ expected: String) throws -> Double {
    let value: Double = try number(node, expected)
    try refuse(value > 0 && value < 1 ? nil : node, "\(value)", expected)
    return value
  }

  fileprivate func count(_ node: Node) throws -> Int {
    let value: Int = try number(node, "a whole number from 1")
    try refuse(value > 0 ? nil : node, "\(value)", "a whole number from 1")
    return value
  }

  fileprivate func choice<Choice: RawRepresentable & CaseIterable>(_ node: Node) throws -> Choice
  where Choice.RawValue == String {
    let word = try text(node)
    if let choice = Choice(rawValue: word) { return choice }
    let words = Choice.allCases.map(\.rawValue)
    throw error(
      node, found: quoted(word), expected: "one of \(listed(words))",
      remedy: suggestion(for: word, among: words, otherwise: "choose one"))
  }
}

extension UserError {
  fileprivate static func empty(of name: String) -> UserError {
    UserError(
      name, found: "an empty file", expected: "arm and metrics",
      remedy: "see deepfm ab analyze --help for an example")
  }
}

extension ABTest {
  /// Reads a file.
  /// - Throws: `UserError` with the place of what is wrong.
  public init(contentsOf path: String) throws {
    let text = try MappedFile(path, expected: "a YAML file that says what is tested").withBytes {
      String(decoding: $0, as: UTF8.self)
    }
    try self.init(yaml: text, name: path)
  }
}
