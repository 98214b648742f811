import Glibc
import Support
import SystemPackage

/// What a folder's name says of all rows below it: `day=2026-11-29`.
package struct PartitionValue: Sendable, Hashable {
  package var key: String
  package var value: String

  /// What writers call a value that is missing.
  private static let missing = ["__HIVE_DEFAULT_PARTITION__", "__DEFAULT_PARTITION__"]

  /// Nil for a folder whose name is but a name.
  init?(folder name: Substring) {
    guard let mark = name.firstIndex(of: "="), mark > name.startIndex else { return nil }
    key = Self.decoded(name[..<mark])
    let value = Self.decoded(name[name.index(after: mark)...])
    self.value = Self.missing.contains(value) ? "" : value
  }

  /// A name without its escapes, `%20` for a blank; as it is where they give no text.
  private static func decoded(_ name: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(name.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
      if byte == UInt8(ascii: "%"), digits.count == 2 {
        bytes.append(UInt8(digits[0] * 16 + digits[1]))
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    let isText = bytes.withUnsafeBytes { firstNonText($0) == nil }
    return isText ? String(decoding: bytes, as: UTF8.self) : String(name)
  }
}

extension LogSource {
  /// The source itself with what its folders say, or the Parquet files in a folder and those below it, in the order
  /// of their names.
  func files() throws -> [LogSource] {
    guard kind == .file else { return [self] }
    guard Self.isFolder(name) else { return [self.partitioned] }
    var files: [LogSource] = []
    try Self.walk(name, depth: 0) { files.append(LogSource.file($0).partitioned) }
    let parquet = try files.map { try $0.isParquet() }
    guard parquet.contains(true) else { throw Self.folder(name) }
    if let other = parquet.firstIndex(of: false) {
      throw UserError(
        files[other].name, found: "no Parquet, in a folder of Parquet files",
        expected: "nothing else than these",
        remedy: "name the files by a pattern, for instance '\(name)/*.parquet'")
    }
    return files
  }

  /// With what the names of its folders say.
  private var partitioned: LogSource {
    var source = self
    source.partition = name.split(separator: "/").dropLast().compactMap {
      PartitionValue(folder: $0)
    }
    return source
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Folders in folders are followed so far.
  private static let deepest = 32

  /// Calls `take` with the files of a folder, but not with those that writers leave beside their own, whose names
  /// begin with a dot or a low line (`_SUCCESS`, `.part-0.crc`).
  private static func walk(_ path: String, depth: Int, _ take: (String) -> Void) throws {
    guard depth < deepest, let folder = opendir(path) else {
      throw UserError.unreadable(path, Errno(rawValue: depth < deepest ? errno : ELOOP))
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix("."), !name.hasPrefix("_"), !name.hasSuffix(".crc") { names.append(name) }
    }
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let path = path.hasSuffix("/") ? path + name : path + "/" + name
      if isFolder(path) { try walk(path, depth: depth + 1, take) } else { take(path) }
    }
  }

  /// What a folder is refused with that is none of Parquet files.
  static func folder(_ name: String) -> UserError {
    let isEncoded = access(name + "/manifest.json", F_OK) == 0
    return UserError(
      name, found: isEncoded ? "a folder of encoded rows" : "a folder",
      expected: "a readable file, or a folder of Parquet files",
      remedy: isEncoded
        ? "name it with --data" : "name the files in it, for instance '\(name)/*.csv'")
  }
}
