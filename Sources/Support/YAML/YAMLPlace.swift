import Yams

/// Reads the parts of a YAML document and says where what is wrong in it stands.
package struct YAMLPlace {
  /// The document's name.
  package let name: String

  package init(name: String) { self.name = name }

  package func error(
    _ node: Node, found: String, expected: String, remedy: String = "correct it"
  ) -> UserError {
    UserError(
      name, line: node.mark?.line, column: node.mark?.column, found: found, expected: expected,
      remedy: remedy)
  }

  /// An error where there is something wrong.
  package func refuse(_ node: Node?, _ found: String, _ expected: String) throws {
    if let node { throw error(node, found: found, expected: expected) }
  }

  package func unknown(_ key: Node, among keys: [String]) -> UserError {
    let word = key.string ?? ""
    return error(
      key, found: "unknown key \"\(word)\"", expected: "one of \(keys.joined(separator: ", "))",
      remedy: nearest(to: word, among: keys).map { "did you mean \"\($0)\"?" } ?? "delete it")
  }

  package func mapping(_ node: Node) throws -> [(key: Node, value: Node)] {
    guard let mapping = node.mapping else {
      throw error(
        node, found: Self.kind(node), expected: "keys and values",
        remedy: "write key: value lines")
    }
    return mapping.map { ($0.key, $0.value) }
  }

  package func list(_ node: Node) throws -> [Node] {
    guard let sequence = node.sequence else {
      throw error(
        node, found: Self.kind(node), expected: "a list", remedy: "write [first, second]")
    }
    return Array(sequence)
  }

  /// What there is in place of what was expected.
  private static func kind(_ node: Node) -> String {
    if node.sequence != nil { return "a list" }
    guard let text = node.scalar?.string else { return "keys and values" }
    return text.isEmpty ? "nothing" : quoted(text)
  }

  /// A value as it is written; a list of values as its elements separated by commas.
  package func text(_ node: Node) throws -> String {
    if let text = node.scalar?.string { return text }
    guard let sequence = node.sequence else {
      throw error(
        node, found: Self.kind(node), expected: "a value", remedy: "write key: value")
    }
    let elements = try sequence.map { element in
      guard let text = element.scalar?.string else {
        throw error(element, found: Self.kind(element), expected: "a value")
      }
      return text
    }
    return elements.joined(separator: ",")
  }

  package func number<Number: LosslessStringConvertible>(_ node: Node, _ expected: String) throws
    -> Number
  {
    let text = try text(node)
    guard let number = Number(text) else {
      throw error(node, found: "\"\(text)\"", expected: expected)
    }
    return number
  }
}
