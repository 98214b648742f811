import Glibc
import SystemPackage

/// Which file or folder a path means, whatever it is called: by device and inode, or, where it is yet to be made,
/// by those of the innermost folder around it and the names from there on.
struct FileIdentity: Hashable {
  private let device: dev_t
  private let inode: ino_t
  private let names: [String]

  /// Nil for what takes bytes as they come (`-`, FIFOs, devices), which may be named twice.
  init?(_ path: String) {
    guard path != "-", let target = try? Place.followingLinks(path) else { return nil }
    var (place, names) = (target.lexicallyNormalized(), [String]())
    var status = stat()
    while stat(place.isEmpty ? "." : place.string, &status) != 0 {
      guard errno == ENOENT, let name = place.lastComponent else { return nil }
      names.insert(name.string, at: 0)
      place.removeLastComponent()
    }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG || kind == S_IFDIR else { return nil }
    (device, inode, self.names) = (status.st_dev, status.st_ino, names)
  }
}

/// Refuses results of one command that would take the place of one another, or of a file that the command reads.
///
/// Logs are held against results where they are opened.
///
/// - Parameters:
///   - results: the paths of what the command writes.
///   - inputs: the paths of what else it reads: a model, a schema, settings.
/// - Throws: ``UserError`` for the first pair that is one file, before anything is written.
package func checkApart(_ results: [String], from inputs: [String] = []) throws {
  var taken: [FileIdentity: String] = [:]
  for result in results {
    guard let file = FileIdentity(result) else { continue }
    if let other = taken.updateValue(result, forKey: file) {
      throw UserError(
        result, found: other == result ? "the place of two results" : "what is also \(other)",
        expected: "a place for each result", remedy: "choose another name for one of them")
    }
  }
  for input in inputs {
    guard let file = FileIdentity(input), let result = taken[file] else { continue }
    throw UserError(
      result, found: "a file that is read (\(input))", expected: "another file for a result",
      remedy: "choose another name: it would be lost")
  }
}
