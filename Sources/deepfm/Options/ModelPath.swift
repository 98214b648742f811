import DeepFMKit
import Foundation

/// The model file that a user means: the file itself, or the one in a run folder.
func modelFile(_ path: String) -> String {
  var isFolder: ObjCBool = false
  let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
  return exists && isFolder.boolValue ? RunFolder.modelPath(in: path) : path
}
