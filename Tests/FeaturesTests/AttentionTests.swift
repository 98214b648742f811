import Data
import Testing

@testable import Datasets
@testable import Features
@testable import Logs

/// Lists that are pooled by attention, as a schema says so.
@Suite struct AttentionTests {
  static func schema(_ fields: String) throws -> Schema {
    try Schema(
      yaml: "label: label\nfields:\n"
        + fields.split(separator: "\n").map { "  - {\($0)}\n" }.joined(),
      name: "s.yaml")
  }

  @Test func `the target is the field of the list's vocabulary`() throws {
    let schema = try Self.schema(
      """
      name: seen, kind: multivalued, pooling: attention, vocabulary: item
      name: user
      name: item, vocabulary: item
      """)
    let log = LogSource.text("label,user,item,seen\n1,u,a,b|a\n0,u,b,\n1,v,a,a\n")
    var pass = LogEncoding([(log, .train)])
    let encoder = try pass.learn(
      schema.completed(from: [log]), nil, rejecting: RejectedRows(.stop))
    #expect(encoder.layout.attention == [.init(field: 0, target: 2)])
    #expect(encoder.layout.slotFields == [0, 0, 1, 2])
    // First-order weights take the mean.
    #expect(encoder.layout.weighted)
    let batch = try RowRecorder.rows(of: [log], schema.completed(from: [log]).schema)
    #expect(batch.metadata.count == 3)
  }

  @Test func `a network weighs the values of a list`() throws {
    let schema = try Self.schema(
      """
      name: seen, kind: multivalued, pooling: din, vocabulary: item
      name: item, vocabulary: item
      """)
    let log = LogSource.text("label,item,seen\n1,a,b|a\n0,b,\n1,a,a\n")
    var pass = LogEncoding([(log, .train)])
    let encoder = try pass.learn(
      schema.completed(from: [log]), nil, rejecting: RejectedRows(.stop))
    #expect(encoder.layout.attention == [.init(field: 0, target: 1, form: .din)])
    #expect(encoder.layout.weighted)
    let refusal = message { _ = try Self.schema("name: seen, kind: multivalued, pooling: din") }
    #expect(refusal?.contains("found pooling din and no target of field \"seen\"") ?? false)
  }

  static let refused: [(String, String)] = [
    (
      "name: seen, kind: multivalued, pooling: attention",
      "s.yaml:3:46: found pooling attention and no target of field \"seen\", expected one categorical field with the "
        + "list's vocabulary, and no weights of its own; give the list and the item that it is held against the same "
        + "vocabulary:"
    ),
    (
      """
      name: seen, kind: multivalued, pooling: attention, vocabulary: item
      name: item, vocabulary: item
      name: next, vocabulary: item
      """,
      "s.yaml:3:46: found pooling attention and targets item, next of field \"seen\", expected "
        + "one categorical field with the list's vocabulary, and no weights of its own; pool by mean, or take "
        + "the vocabulary from all but one"
    ),
    (
      """
      name: seen, kind: multivalued, weighted: true, pooling: attention, vocabulary: item
      name: item, vocabulary: item
      """,
      "s.yaml:3:62: found pooling attention beside weights of field \"seen\", expected one categorical field with the "
        + "list's vocabulary, and no weights of its own; pool by mean, or take the vocabulary from all but one"
    ),
  ]

  @Test(arguments: refused)
  func `attention without one target is refused`(fields: String, expected: String) {
    #expect(message { _ = try Self.schema(fields) } == expected)
  }
}
