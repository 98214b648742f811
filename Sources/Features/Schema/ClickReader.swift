import Logs
import Support

/// Reads the cells of a label: which is a click, which none, and which is neither.
struct ClickReader: Sendable {
  private let label: Schema.Label
  private let numbers: NumberText
  // Of the text that a click equals: its bytes, and what they stand for.
  private let text: [UInt8]
  private let meaning: Bool?
  private let number: Double?
  // Whether −1 is no click, libsvm's usual way to write it.
  private let isSigned: Bool

  /// - Parameter isSigned: whether −1 is no click where no rule says what is one.
  init(_ label: Schema.Label, _ numbers: NumberText = NumberText(), isSigned: Bool = false) {
    (self.label, self.numbers, self.isSigned) = (label, numbers, isSigned)
    if case .equals(let text) = label.rule { self.text = Array(text.utf8) } else { text = [] }
    (meaning, number) = text.withUnsafeBytes { (Self.meaning(of: $0), parseNumber($0)) }
  }

  /// The click that a cell stands for, 0 or 1; nil for a cell that stands for none.
  @inline(__always)
  func click(_ bytes: UnsafeRawBufferPointer) -> Float? {
    switch label.rule {
    case nil:
      if bytes.count == 1 {
        if bytes[0] == UInt8(ascii: "0") { return 0 }
        if bytes[0] == UInt8(ascii: "1") { return 1 }
      }
      if let meaning = Self.meaning(of: bytes) { return meaning ? 1 : 0 }
      return isSigned && parseNumber(bytes) == -1 ? 0 : nil
    case .above(let bound): return numbers.number(bytes).map { $0 > bound ? 1 : 0 }
    case .atLeast(let bound): return numbers.number(bytes).map { $0 >= bound ? 1 : 0 }
    case .equals: return bytes.elementsEqual(text) ? 1 : otherwise(bytes)
    }
  }

  /// The click of a cell that is not spelled as the one that the rule names: the same in another
  /// spelling is one, its opposite none. Beside a word that is neither yes nor no any other value is none,
  /// but not the same word in other letters, of which nobody can tell.
  private func otherwise(_ bytes: UnsafeRawBufferPointer) -> Float? {
    guard !bytes.isEmpty else { return nil }
    if let meaning, let other = Self.meaning(of: bytes) { return meaning == other ? 1 : 0 }
    if let number { return parseNumber(bytes).map { $0 == number ? 1 : 0 } }
    guard meaning == nil else { return nil }
    return bytes.count == text.count
      && bytes.elementsEqual(text, by: { $0.lowercased == $1.lowercased })
      ? nil : 0
  }

  /// Whether a text says yes (1, 1.0, true, yes, in whichever letters) or no; nil where it says neither.
  static func meaning(of bytes: UnsafeRawBufferPointer) -> Bool? {
    guard 1...32 ~= bytes.count else { return nil }
    if bytes[0] < UInt8(ascii: "A") {
      return switch parseNumber(bytes) {
      case 0: false
      case 1: true
      default: nil
      }
    }
    return words.first { word, _ in
      word.utf8.count == bytes.count && zip(word.utf8, bytes).allSatisfy { $0 == $1.lowercased }
    }?.meaning
  }

  private static let words: [(word: String, meaning: Bool)] = [
    ("true", true), ("false", false), ("yes", true), ("no", false), ("t", true), ("f", false),
    ("y", true), ("n", false),
  ]

  /// What ``click(_:)`` takes.
  var expected: String {
    switch label.rule {
    case nil: "0 or 1"
    case .above, .atLeast: "a number"
    case .equals(let text):
      meaning != nil && number == nil
        ? "\(quoted(text)) or its opposite"
        : number != nil ? "a number, \(text) for a click" : "\(quoted(text)) or another word"
    }
  }

  /// What to do about a cell that stands for no click, 0 or 1.
  func remedy(for bytes: UnsafeRawBufferPointer, isColumn: Bool) -> String {
    let usual = "correct or delete the row"
    guard label.rule == nil, parseNumber(bytes) ?? 0 > 1 else { return usual }
    guard isColumn else {
      return usual + ", or say in a schema what a click is, label: {at_least: …} or {equals: …}"
    }
    let name = label.column.map { "\"\($0)\"" } ?? "label"
    // Which of two numbers is the click nobody can tell from one of them.
    return usual
      + ", or say in a schema what a click is, label: {column: \(name), above: …} or {…, equals: …}"
  }
}

extension UInt8 {
  /// An ASCII letter in lower case; any other byte as it is.
  fileprivate var lowercased: UInt8 {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self
  }
}
