/// A value that can stand in a configuration.
protocol ConfigurationValue: Sendable {
  /// Reads the value; nil if the text is none.
  init?(text: String)
  /// The value as it stands in YAML and in a flag.
  var text: String { get }
  /// What a text must be, in a few words.
  static var expected: String { get }
}

extension Int: ConfigurationValue {
  init?(text: String) { self.init(text) }
  var text: String { "\(self)" }
  static var expected: String { "a whole number" }
}

extension UInt64: ConfigurationValue {
  init?(text: String) { self.init(text) }
  var text: String { "\(self)" }
  static var expected: String { "a whole number that is not negative" }
}

extension Float: ConfigurationValue {
  init?(text: String) {
    guard let value = Float(text), value.isFinite else { return nil }
    self = value
  }
  var text: String { "\(self)" }
  static var expected: String { "a number" }
}

extension Bool: ConfigurationValue {
  init?(text: String) {
    switch text.lowercased() {
    case "true", "yes", "on": self = true
    case "false", "no", "off": self = false
    default: return nil
    }
  }
  var text: String { "\(self)" }
  static var expected: String { "true or false" }
}

extension String: ConfigurationValue {
  init?(text: String) { self = text }
  var text: String { self }
  static var expected: String { "text" }
}

extension Array: ConfigurationValue where Element == Int {
  init?(text: String) {
    let parts = text.split { ", []".contains($0) }.map { Int($0) }
    guard parts.allSatisfy({ $0 != nil }) else { return nil }
    self = parts.compactMap(\.self)
  }
  var text: String { "[" + map(\.text).joined(separator: ", ") + "]" }
  static var expected: String { "whole numbers separated by commas" }
}

/// One of a few words.
protocol ConfigurationChoice: ConfigurationValue, RawRepresentable<String>, CaseIterable {}

extension ConfigurationChoice {
  init?(text: String) { self.init(rawValue: text.lowercased()) }
  var text: String { rawValue }
  static var expected: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
