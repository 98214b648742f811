import Logs
import Support

extension SchemaDraft {
  /// What a schema would say of columns that are taken for categories only because there is none: nil
  /// where it would say nothing else.
  ///
  /// - Parameters:
  ///   - schema: its fields were assumed.
  ///   - sample: the log's first rows.
  ///   - source: what a command calls the log.
  static func doubts(
    about schema: Schema, _ sample: LogSample, of source: String
  ) -> String? {
    var (numbers, times, unique, lists): ([String], [String], [String], [String]) = ([], [], [], [])
    for (column, name) in sample.names.enumerated() {
      guard schema.fields.contains(where: { $0.name == name && $0.kind == .categorical }) else {
        continue
      }
      let profile = ColumnProfile(
        name, sample.rows.lazy.map { $0[column] },
        NumberText(schema))
      let draft = field(of: profile).0
      if let format = profile.timeFormat, format == .iso || profile.hasTimeName {
        times.append(quoted(name))
      } else if draft.kind == .numeric {
        numbers.append(quoted(name))
      } else if draft.kind == .multivalued {
        lists.append(quoted(name))
      } else if draft.kind == .ignored, profile.isUnique {
        unique.append(quoted(name))
      }
    }
    let groups = [
      (numbers, "numbers"), (times, "times"), (lists, "lists"),
      (unique, "a value of its own a row"),
    ]
    let found = groups.filter { !$0.0.isEmpty }.map { "\(listed($0.0)) with \($0.1)" }
    guard !found.isEmpty else { return nil }
    return "as categories, of which each value is learned by itself, too: \(listed(found)); "
      + "--schema infer takes them for what they look like, deepfm schema infer \(source) shows how"
  }
}
