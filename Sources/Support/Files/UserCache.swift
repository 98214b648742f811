import Foundation

/// What is measured once and remembered: files under `$XDG_CACHE_HOME/deepfm`, or `.cache/deepfm` in the
/// user's folder. All of it can be deleted; what cannot be read or written is no error.
package enum UserCache {
  /// The values that a file of the cache holds, by their keys.
  package static func read<Value: Decodable>(at path: String?) -> [String: Value] {
    path.flatMap { FileManager.default.contents(atPath: $0) }
      .flatMap { try? JSONText.decode([String: Value].self, from: $0) } ?? [:]
  }

  /// Remembers a value.
  package static func write<Value: Codable>(_ value: Value, for key: String, at path: String?) {
    guard let path else { return }
    var all: [String: Value] = read(at: path)
    all[key] = value
    try? FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    if let text = try? JSONText.record(all) { try? AtomicFile.write(text, to: path) }
  }

  /// Where a file is; nil where there is neither a cache nor a user's folder.
  package static func path(_ name: String) -> String? {
    let environment = ProcessInfo.processInfo.environment
    let folder =
      environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
      ?? environment["HOME"].map { $0 + "/.cache" }
    return folder.map { "\($0)/deepfm/\(name)" }
  }
}
