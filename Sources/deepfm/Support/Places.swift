import DeepFMKit
import Foundation

/// Refuses a place for results that cannot be written, before the work for them is done.
///
/// - Parameter path: a file or folder that is to be made, perhaps in folders that are to be made.
/// - Throws: `UserError` with the folder that stands in the way.
func checkPlace(_ path: String) throws {
  let folder = URL(filePath: existingFolder(around: path))
  var isFolder: ObjCBool = false
  let isThere = FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder)
  guard isThere, isFolder.boolValue, access(folder.path, W_OK | X_OK) == 0 else {
    throw UserError(
      folder.path,
      found: isThere && !isFolder.boolValue
        ? "a file" : String(cString: strerror(errno)).lowercased(),
      expected: "a folder in which \(path) can be made",
      remedy: "choose another place, or check the folder's permissions")
  }
}

/// The innermost folder around a place that is there already.
func existingFolder(around path: String) -> String {
  var folder = URL(filePath: path).standardizedFileURL.deletingLastPathComponent()
  while folder.path != "/", access(folder.path, F_OK) != 0, errno == ENOENT {
    folder.deleteLastPathComponent()
  }
  return folder.path
}
