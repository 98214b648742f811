extension SchemaDraft {
  /// The schema as YAML with its reasons as comments.
  package func yaml() -> String {
    var lines = [
      "# A first schema of \(plain(source)): \(plain(seen)).",
      "# Check it, and delete what you do not want.",
    ]
    func add(_ key: Schema.CodingKeys, _ value: String?) {
      guard let value else { return }
      lines.append("\(key.rawValue): \(value)\(comment(reasons[key]))")
    }
    add(.format, schema.format?.rawValue)
    add(.delimiter, schema.delimiter.map(scalar))
    add(.quotes, schema.quotes.map { "\($0)" })
    add(.decimal, schema.decimal.map(scalar))
    add(.thousands, schema.thousands.map(scalar))
    add(.header, schema.header.map { "\($0)" })
    add(.label, schema.label.map(text))
    add(.weight, schema.weight.map(scalar))
    add(
      .time,
      schema.time.map {
        "{column: \(scalar($0.column))\($0.format.map { ", format: \($0.rawValue)" } ?? "")}"
      })
    add(.group, schema.group.map(scalar))
    add(.missing, schema.missing.map { "[\($0.map(scalar).joined(separator: ", "))]" })
    add(.minCount, schema.minCount.map { "\($0)" })
    for key in nested {
      lines.append("# \(plain(key)): left out, lists of objects or of lists")
    }
    lines.append("fields:")
    for (index, field) in schema.fields.enumerated() {
      let reason = fieldReasons.indices ~= index ? fieldReasons[index] : nil
      lines.append("  - \(text(field))\(comment(reason))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func comment(_ reason: String?) -> String { reason.map { "  # \(plain($0))" } ?? "" }

  private func text(_ label: Schema.Label) -> String {
    let column = label.column.map(scalar) ?? ""
    return switch label.rule {
    case nil: column
    case .above(let bound): "{column: \(column), above: \(bound)}"
    case .atLeast(let bound): "{column: \(column), at_least: \(bound)}"
    case .equals(let value): "{column: \(column), equals: \(scalar(value))}"
    }
  }

  private func text(_ field: Schema.Field) -> String {
    var parts = ["name: \(scalar(field.name))"]
    func add(_ key: Schema.Field.CodingKeys, _ value: String?) {
      if let value { parts.append("\(key.rawValue): \(value)") }
    }
    add(.column, field.column.map(scalar))
    if field.kind != .categorical { add(.kind, field.kind.rawValue) }
    add(.derive, field.derive?.rawValue)
    add(.timeFormat, field.timeFormat?.rawValue)
    add(.separator, field.separator.map(scalar))
    add(.brackets, field.brackets.map { "\($0)" })
    add(.pooling, field.pooling?.rawValue)
    add(.encoding, field.encoding?.rawValue)
    add(.buckets, field.buckets.map { "\($0)" })
    add(.ids, field.ids?.description)
    add(.weighted, field.weighted.map { "\($0)" })
    return "{\(parts.joined(separator: ", "))}"
  }

  /// A text as a comment holds it: on one line.
  private func plain(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }

  /// A text as YAML takes it for that very text, inside braces too.
  private func scalar(_ text: String) -> String {
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan"]
    let isPlain =
      text.unicodeScalars.first.map { $0.properties.isAlphabetic || $0 == "_" } == true
      && text.unicodeScalars.allSatisfy {
        $0.properties.isAlphabetic || ("0"..."9").contains($0) || "_-. ".unicodeScalars.contains($0)
      } && text.last != " " && !words.contains(text.lowercased())
    if isPlain { return text }
    let escaped = text.unicodeScalars.map { scalar -> String in
      switch scalar {
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      // Marks that no one sees are lost where YAML is read.
      default:
        [.control, .format, .lineSeparator, .paragraphSeparator]
          .contains(scalar.properties.generalCategory)
          ? "\\U" + String(String(UInt64(scalar.value) + 0x1_0000_0000, radix: 16).dropFirst())
          : String(Character(scalar))
      }
    }
    return "\"\(escaped.joined())\""
  }
}
