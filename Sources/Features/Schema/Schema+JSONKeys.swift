import Logs
import Support

extension Schema {
  /// The keys of the first objects of a JSON log, those of objects inside behind their object's.
  ///
  /// - Returns: the keys in the order they come, and those that no column can be read of, since lists of
  ///   objects or of lists were seen.
  /// - Throws: ``UserError`` if there are no objects.
  static func jsonKeys(
    _ source: LogSource, rows: Int
  ) throws -> (names: [String], nested: [String]) {
    var table = try Table(source, JSONObjects([]))
    var keys: [String] = []
    var known: Set<String> = []
    var nested: Set<String> = []
    var left = rows
    var bad: UserError?
    while left > 0, try table.nextSound(&bad) {
      left -= 1
      for (key, isNested) in (try? table.keys()) ?? [] {
        if known.insert(key).inserted { keys.append(key) }
        if isNested { nested.insert(key) }
      }
    }
    guard left < rows else { throw bad ?? UserError.empty(source.name) }
    return (keys.filter { !nested.contains($0) }, keys.filter(nested.contains))
  }
}
