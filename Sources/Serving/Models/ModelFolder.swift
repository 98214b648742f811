import Foundation
import Support
import Training

/// Where models are on disk.
package enum ModelSource: Sendable, Hashable {
  /// One run folder, or its model file, served under a name; written anew it is the next version.
  case run(path: String, name: String)
  /// A folder with a folder a model, in it a folder a version with a run's files: `NAME/VERSION/model.deepfm`; or with
  /// what changed since another version: `NAME/VERSION/model.delta`.
  case folder(String)
}

/// A version of a model on disk.
struct StoredVersion: Sendable, Hashable {
  let version: String
  let number: Int
  /// The model file.
  let path: String
  /// Tells whether the file is another one now.
  let mark: FileMark
}

/// Tells one file at a path from a later one.
struct FileMark: Sendable, Hashable {
  let node: UInt64
  let size: Int
  let seconds: Int
  let nanoseconds: Int

  /// Nil where there is no file.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    node = UInt64(status.st_ino)
    size = Int(status.st_size)
    (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }
}

extension ModelSource {
  /// Whether a name may be a model's: letters, digits, `.`, `_` and `-`. Names from requests are looked up
  /// among those found on disk, and reach no path.
  package static func isName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 128 && name.first != "."
      && name.utf8.allSatisfy {
        $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
          || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
      }
  }

  /// The models that are there.
  package var names: [String] {
    switch self {
    case .run(_, let name): [name]
    case .folder(let folder): Self.entries(of: folder).filter { !versions(of: $0).isEmpty }
    }
  }

  /// The versions of a model that are there, ascending.
  func versions(of name: String) -> [StoredVersion] {
    switch self {
    case .run(let path, _):
      return FileMark(path).map {
        [StoredVersion(version: "1", number: 1, path: path, mark: $0)]
      } ?? []
    case .folder(let folder):
      return Self.entries(of: "\(folder)/\(name)").compactMap { version in
        guard let number = Int(version), number >= 0 else { return nil }
        let paths = ["model.deepfm", TrainedModel.deltaName].map {
          "\(folder)/\(name)/\(version)/\($0)"
        }
        return paths.lazy.compactMap { path in
          FileMark(path).map {
            StoredVersion(version: version, number: number, path: path, mark: $0)
          }
        }.first
      }.sorted { $0.number < $1.number }
    }
  }

  private static func entries(of folder: String) -> [String] {
    let found = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return found.filter(isName).sorted()
  }
}
