import Logs
import Support

extension Schema {
  /// The schema with its gaps filled by looking at a log, and notes that say what was assumed.
  ///
  /// A missing format is detected by the file's name and first line. Where no fields are given, a
  /// column of which one of the first 1,000 values holds a `|` is multi-valued and any other column
  /// categorical; a libsvm log with one id a position has one field a position, any other one
  /// weighted list.
  ///
  /// - Parameter sources: the training data; only libsvm without fields is read to its end.
  /// - Throws: ``UserError`` if the log cannot be read or the schema contradicts itself.
  package func completed(from sources: [LogSource]) throws -> (schema: Schema, notes: [String]) {
    let found = try completion(from: sources)
    let doubts = found.sample.flatMap {
      SchemaDraft.doubts(about: found.schema, $0, of: sources[0].argument)
    }
    let mirrors = found.sample.map { $0.mirrors(of: found.schema.label ?? Label()) } ?? []
    let warning =
      mirrors.isEmpty
      ? nil
      : "\(listed(mirrors.sorted().map { quoted($0) })) says row by row what the label says: a model that "
        + "sees it learns nothing else; leave it out of the fields"
    return (found.schema, found.notes + [doubts, warning].compactMap(\.self))
  }
}
