import Data
import Support

extension Schema {
  /// The lists that are pooled by attention, with their targets; nil where there are none.
  var attention: [BatchLayout.Attention]? {
    let lists = fields.indices.filter { fields[$0].attends }.compactMap { list in
      targets(of: fields[list]).first.map {
        BatchLayout.Attention(
          field: list, target: $0, form: fields[list].pooling == .din ? .din : nil)
      }
    }
    return lists.isEmpty ? nil : lists
  }

  /// The fields whose vector may weigh those of a list: single values of its vocabulary.
  private func targets(of list: Field) -> [Int] {
    guard let vocabulary = list.vocabulary else { return [] }
    return fields.indices.filter {
      fields[$0].kind == .categorical && fields[$0].vocabulary == vocabulary
    }
  }

  /// Refuses attention without a target.
  func checkAttention(of field: Field) throws(KeyProblem) {
    guard let pooling = field.pooling, field.attends else { return }
    let targets = targets(of: field)
    guard targets.count != 1 || field.weighted ?? false else { return }
    let names = targets.map { fields[$0].name }
    throw KeyProblem(
      path: [.init(Field.CodingKeys.pooling)],
      found: field.weighted ?? false
        ? "pooling \(pooling.rawValue) beside weights"
        : "pooling \(pooling.rawValue) and \(targets.isEmpty ? "no target" : "targets \(listed(names))")",
      expected: "one categorical field with the list's vocabulary, and no weights of its own",
      remedy: targets.isEmpty
        ? "give the list and the item that it is held against the same vocabulary:"
        : "pool by mean, or take the vocabulary from all but one")
  }
}

extension Schema.Field {
  /// Whether another field's vector weighs those of the list.
  fileprivate var attends: Bool { pooling == .attention || pooling == .din }
}
