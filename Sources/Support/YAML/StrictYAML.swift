import Yams

/// A type read from YAML whose keys are all known, so that a mistyped one is refused.
package protocol StrictlyKeyed: Decodable {
  /// The keys that may stand in its mapping, each with the type of its value where that is a
  /// mapping, or a list of mappings, with known keys too.
  static var knownKeys: [String: (any StrictlyKeyed.Type)?] { get }
  /// Whether one value may stand in place of the mapping.
  static var mayBeScalar: Bool { get }
}

extension StrictlyKeyed {
  package static var mayBeScalar: Bool { false }
}

/// Reads YAML and says file, line and column of what is wrong in it.
package enum StrictYAML {
  /// The document as a tree whose nodes know their places; nil for an empty one.
  ///
  /// - Parameter name: the file's name for errors.
  /// - Throws: ``UserError`` for what is no YAML.
  package static func root(of text: String, name: String) throws -> Node? {
    do {
      return try compose(yaml: text)
    } catch let error as YamlError {
      throw syntaxError(error, name)
    }
  }

  /// Reads a value of a type whose keys are known.
  ///
  /// - Parameters:
  ///   - text: the document; an empty one is an empty mapping.
  ///   - name: the file's name for errors.
  /// - Throws: ``UserError`` for syntax, unknown and repeated keys, missing keys, wrong types.
  package static func decode<T: StrictlyKeyed>(
    _ type: T.Type = T.self, from text: String, name: String
  ) throws -> T {
    let root = try root(of: text, name: name) ?? Node.mapping(Node.Mapping([]))
    try checkKeys(of: root, type, name)
    do {
      return try YAMLDecoder().decode(T.self, from: root)
    } catch let problem as KeyProblem {
      throw locate(problem, in: root, name)
    } catch let error as DecodingError {
      throw locate(KeyProblem(error), in: root, name)
    }
  }

  /// Gives a problem the place of its key.
  package static func locate(_ problem: KeyProblem, in root: Node, _ name: String) -> UserError {
    var node = root
    for step in problem.path {
      let inner: Node? =
        switch step {
        case .key(let key): node[key]
        case .index(let index): node.sequence.flatMap { $0.indices ~= index ? $0[index] : nil }
        }
      guard let inner else { break }
      node = inner
    }
    return problem.error(in: name, line: node.mark?.line, column: node.mark?.column)
  }

  private static func checkKeys(
    of node: Node, _ type: any StrictlyKeyed.Type, _ name: String
  ) throws {
    let known = type.knownKeys
    for (key, value) in try YAMLPlace(name: name).mapping(node) {
      let text = key.string ?? ""
      guard let inner = known[text] else {
        let names = known.keys.sorted()
        throw UserError(
          name, line: key.mark?.line, column: key.mark?.column,
          found: "unknown key \(quoted(text))", expected: "one of \(listed(names))",
          remedy: suggestion(for: text, among: names, otherwise: "delete it"))
      }
      guard let inner else { continue }
      if let sequence = value.sequence {
        for element in sequence { try checkKeys(of: element, inner, name) }
      } else if value.scalar == nil || !inner.mayBeScalar {
        try checkKeys(of: value, inner, name)
      }
    }
  }

  private static func syntaxError(_ error: YamlError, _ name: String) -> UserError {
    var (problem, mark): (String, Mark?) = ("\(error)", nil)
    switch error {
    case .scanner(_, let text, let place, _), .parser(_, let text, let place, _),
      .composer(_, let text, let place, _):
      (problem, mark) = (text, place)
    case .duplicatedKeysInMapping(let duplicates, let context):
      (problem, mark) = ("key \(listed(duplicates.map(quoted).sorted())) twice", context.mark)
    default: break
    }
    return UserError(
      name, line: mark?.line, column: mark?.column,
      found: problem.split(separator: "\n").joined(separator: " "), expected: "YAML",
      remedy: "correct the line")
  }
}

extension KeyProblem {
  /// What a decoder found wrong.
  package init(_ error: DecodingError) {
    var context: DecodingError.Context
    self.init(path: [], found: "", expected: "", remedy: "correct it")
    switch error {
    case .keyNotFound(let key, let where_):
      context = where_
      found = "no key \(quoted(key.stringValue))"
      expected = "it here"
      remedy = "add it"
    case .typeMismatch(let type, let where_), .valueNotFound(let type, let where_):
      context = where_
      found = "another kind of value"
      expected = "\(type)"
    case .dataCorrupted(let where_):
      context = where_
      found = where_.debugDescription
      expected = "a value of this key"
    @unknown default:
      found = "\(error)"
      expected = "a valid value"
      return
    }
    path = context.codingPath.map(Step.init)
  }
}

extension KeyedDecodingContainer {
  /// One of a few words, if the key is there.
  /// - Throws: a problem that lists the words.
  package func decodeChoice<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type, forKey key: Key
  ) throws -> Choice? where Choice.RawValue == String {
    guard let word = try decodeIfPresent(String.self, forKey: key) else { return nil }
    if let choice = Choice(rawValue: word) { return choice }
    let words = Choice.allCases.map(\.rawValue)
    throw KeyProblem(
      path: (codingPath + [key]).map(KeyProblem.Step.init),
      found: "\(key.stringValue) \(quoted(word))", expected: "one of \(listed(words))",
      remedy: suggestion(for: word, among: words, otherwise: "choose one"))
  }
}
