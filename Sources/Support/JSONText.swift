import Foundation

/// JSON as the program writes it: keys sorted, slashes as they are, numbers that are none as words.
package enum JSONText {
  /// What users and their programs read: keys in snake_case, one value a file.
  package static func results(_ value: some Encodable) throws -> String {
    try text(value, [.prettyPrinted], keys: .convertToSnakeCase)
  }

  /// A record on one line of a stream.
  package static func line(_ value: some Encodable) throws -> String {
    try text(value, [], keys: .useDefaultKeys)
  }

  /// What the program itself reads again, by ``decode(_:from:)``: keys as they are named.
  package static func record(_ value: some Encodable) throws -> String {
    try text(value, [.prettyPrinted], keys: .useDefaultKeys)
  }

  /// A record.
  package static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value
  {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(type, from: data)
  }

  private static func text(
    _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting,
    keys: JSONEncoder.KeyEncodingStrategy
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    encoder.keyEncodingStrategy = keys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }
}
