import DeepFMKit
import Support

/// What a training takes the columns of its log for, where a person must know of it: label and clicks,
/// weight, time, group, and how the log is written.
func meaning(of schema: Schema, clicks: Int, rows: Int) -> String {
  let label = schema.label ?? Schema.Label()
  let rule =
    switch label.rule {
    case nil: ""
    case .above(let bound): " above \(bound)"
    case .atLeast(let bound): " from \(bound)"
    case .equals(let text): " equal to \(quoted(text))"
    }
  let share = rows > 0 ? fixed(100 * Double(clicks) / Double(rows), 2) : "–"
  var parts = [
    "label \(label.column.map { quoted($0) } ?? "in front")\(rule): \(clicks) training rows with a click "
      + "(\(share) %), \(rows - clicks) without a click",
    "weight \(schema.weight.map { quoted($0) } ?? "none")",
    "time \(schema.time.map { quoted($0.column) + ($0.format.map { " as \($0.rawValue)" } ?? "") } ?? "none")",
    "group \(schema.group.map { quoted($0) } ?? "none")",
  ]
  if let format = schema.format { parts.append("format \(format.rawValue)") }
  if let delimiter = schema.delimiter { parts.append("delimiter \(quoted(delimiter))") }
  if let quotes = schema.quotes { parts.append("quotes \(quotes)") }
  if let decimal = schema.decimal { parts.append("decimal \(quoted(decimal))") }
  if let thousands = schema.thousands { parts.append("thousands \(quoted(thousands))") }
  let text = parts.joined(separator: "; ")
  guard rows > 0, clicks == 0 || clicks == rows else { return text }
  return text
    + "\nnote: \(clicks == 0 ? "no training row is a click" : "every training row is a click"): "
    + "a model learns nothing from one class; see what label: in the schema says"
}
