import Foundation
import ONNX
import Support

extension ONNXModel {
  /// Writes the model into one file, or into two where it has constants of more than ``largest`` bytes; the
  /// second is named after the first, with `.data` behind, and has to stay beside it.
  ///
  /// - Returns: the files, with the number of bytes of each.
  /// - Throws: `UserError` where one cannot be written; none half-written is left then, and the second takes
  ///   its name before the first does.
  package func write(
    to path: String, limit: Int = largest
  ) throws -> [(path: String, bytes: Int)] {
    let second = path + ".data"
    var (external, sizes): (AtomicFile?, [Int]) = (nil, [0, 0])
    do {
      try AtomicFile.write(to: path) { file in
        try write(
          limit: limit, external: URL(filePath: second).lastPathComponent,
          { bytes in
            try file.append(bytes)
            sizes[0] += bytes.count
          },
          external: { bytes in
            if external == nil { external = try AtomicFile(path: second) }
            try external?.append(bytes)
            sizes[1] += bytes.count
          })
        try external?.commit()
        external = nil
      }
    } catch {
      external?.discard()
      throw error
    }
    return [(path, sizes[0])] + (sizes[1] > 0 ? [(second, sizes[1])] : [])
  }
}
