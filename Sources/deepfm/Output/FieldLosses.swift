import DeepFMKit
import Reports
import Support

/// What of some rows the model does not see as it is written: values out of vocabulary, rows without a
/// value, values that their list has no room for. Nil where there is nothing to say.
func lostValues(_ statistics: [FieldStatistics], rows: Int) -> String? {
  let lost = statistics.filter { $0.unknown + $0.missing + $0.cut > 0 }
    .sorted { ($0.cut, $0.unknown, $0.missing) > ($1.cut, $1.unknown, $1.missing) }
  let far = statistics.filter { $0.bounded != nil }.map { "\($0.bounded!) of \(quoted($0.field))" }
  let farther =
    far.isEmpty
    ? nil
    : "numbers too far out to compute with, taken for the farthest there may be: \(listed(far))"
  guard !lost.isEmpty else { return farther }
  let shown = 10
  var table = TextTable("field", "unknown", "missing", "cut from lists")
  for field in lost.prefix(shown) {
    func text(_ count: Int) -> String {
      let share = 100 * Double(count) / Double(max(rows, 1))
      return count == 0 ? "–" : "\(count) (\(fixed(share, 1)) %)"
    }
    table.add(field.field, text(field.unknown), text(field.missing), text(field.cut))
  }
  let more = lost.count > shown ? "\nand \(lost.count - shown) more fields" : ""
  return "values that the model does not see, in % of \(rows) rows:\n\(table)\(more)"
    + (farther.map { "\n" + $0 } ?? "")
}
