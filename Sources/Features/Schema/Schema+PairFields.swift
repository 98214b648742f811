import Logs
import Support

extension Schema {
  /// The fields of a libffm log: one for each field number, a list where a line has several ids of it.
  static func ffmFields(_ sources: [LogSource]) throws -> (fields: [Field], note: String) {
    struct Seen {
      var isList = false
      var weighted = false
      var lastRow = -1
    }
    var seen: [Int32: Seen] = [:]
    var rows = 0
    var bad: UserError?
    for source in sources {
      var table = try Table(source, PairText())
      while try table.nextSound() {
        guard let pairs = table.pairs(withFields: true, &bad) else { continue }
        for (number, pair) in pairs {
          var field = seen[number] ?? Seen()
          field.isList = field.isList || field.lastRow == rows
          field.weighted = field.weighted || pair.value != 1
          field.lastRow = rows
          seen[number] = field
        }
        rows += 1
      }
    }
    guard !seen.isEmpty else { throw bad ?? UserError.noRows(in: sources[0].name) }
    let fields = seen.sorted { $0.key < $1.key }.map { number, seen in
      var field: Field =
        seen.isList ? .multivalued("\(number)", pooling: .sum) : .categorical("\(number)")
      if seen.weighted { field.weighted = true }
      return field
    }
    return (fields, "fields: one for each of the \(fields.count) field numbers")
  }

  /// Fields by position where every line has as many pairs and positions do not share ids.
  static func svmFields(
    _ sources: [LogSource], except ignored: [IDRange], _ notes: [String]
  ) throws -> (fields: [Field], notes: [String], hasQueries: Bool) {
    var hasQueries = false
    var ranges: [IDRange]?
    var regular = true
    var weighted = false
    var bad: UserError?
    for source in sources {
      var table = try Table(source, PairText())
      while try table.nextSound() {
        guard var pairs = table.pairs(withFields: false, &bad)?.map(\.1) else { continue }
        hasQueries = hasQueries || table.hasQuery
        pairs.removeAll { pair in ignored.contains { $0.contains(pair.id) } }
        if ranges == nil { ranges = Array(repeating: IDRange(.max, 0), count: pairs.count) }
        regular = regular && pairs.count == ranges!.count
        for (place, pair) in pairs.enumerated() {
          weighted = weighted || pair.value != 1
          guard regular else { continue }
          ranges![place].first = min(ranges![place].first, pair.id)
          ranges![place].last = max(ranges![place].last, pair.id)
        }
      }
    }
    guard let ranges else { throw bad ?? UserError.noRows(in: sources[0].name) }
    let sorted = ranges.sorted { $0.first < $1.first }
    let apart = zip(sorted, sorted.dropFirst()).allSatisfy { $0.last < $1.first }
    guard regular && apart && !ranges.isEmpty else {
      let note = "fields: one list of \(weighted ? "weighted " : "")ids"
      return (
        [.ids("ids", IDRange(0, .max), kind: .multivalued, pooling: .sum, weighted: weighted)],
        notes + [note], hasQueries
      )
    }
    // Ids between two positions, unseen in training, belong to the earlier one.
    let fields = sorted.indices.map { index in
      Field.ids(
        "field\(index + 1)",
        IDRange(
          index == 0 ? 0 : sorted[index].first,
          index + 1 < sorted.count ? sorted[index + 1].first - 1 : .max),
        weighted: weighted ? true : nil)
    }
    return (
      fields, notes + ["fields: one for each of the \(fields.count) positions of a line"],
      hasQueries
    )
  }
}
