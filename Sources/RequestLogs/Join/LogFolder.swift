import Foundation
import Support

/// A folder in which servers log requests.
enum LogFolder {
  /// The names of its files in their order, packed ones as well; nil for what is no folder.
  /// - Throws: `UserError` for a folder without any.
  static func names(in folder: String) throws -> [String]? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
    else { return nil }
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { $0.first != "." && $0.contains(".jsonl") }
    guard !names.isEmpty else {
      throw UserError(
        folder, found: "no file of requests (*.jsonl)", expected: "the folder of a server's --log",
        remedy: "check the path, and whether the server was asked yet")
    }
    return names.sorted()
  }
}
