import Foundation

/// Files as other programs write them, made here byte by byte.
enum ForeignFiles {
  static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  static func bytes(_ floats: [Float]) -> [UInt8] {
    floats.flatMap { little($0.bitPattern) }
  }

  /// NumPy's format.
  static func npy(_ type: String, _ shape: [Int], _ data: [UInt8], fortran: Bool = false) -> [UInt8]
  {
    let shape = shape.map { "\($0)," }.joined(separator: " ")
    var header =
      "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': (\(shape)), }"
    header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + little(UInt16(header.utf8.count))
      + Array(header.utf8) + data
  }

  /// Texts as NumPy has them, of 4 bytes a scalar.
  static func unicode(_ texts: [String]) -> (type: String, data: [UInt8]) {
    let length = texts.map(\.unicodeScalars.count).max() ?? 1
    let data = texts.flatMap { text in
      let scalars = text.unicodeScalars.map(\.value)
      return (scalars + [UInt32](repeating: 0, count: length - scalars.count)).flatMap(little)
    }
    return ("<U\(length)", data)
  }

  /// A zip archive of files that are stored.
  static func zip(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var (archive, directory): ([UInt8], [UInt8]) = ([], [])
    for file in files {
      let sizes =
        little(checksum(file.bytes)) + little(UInt32(file.bytes.count))
        + little(UInt32(file.bytes.count))
      let name = Array(file.name.utf8)
      let (place, zero) = (UInt32(archive.count), little(UInt16(0)))
      archive +=
        little(UInt32(0x0403_4B50)) + little(UInt16(20)) + zero + zero + zero + zero + sizes
      archive += little(UInt16(name.count)) + zero + name + file.bytes
      directory +=
        little(UInt32(0x0201_4B50)) + little(UInt16(20)) + little(UInt16(20)) + zero + zero
      directory += zero + zero + sizes + little(UInt16(name.count)) + zero + zero + zero + zero
      directory += little(UInt32(0)) + little(place) + name
    }
    let (count, zero) = (little(UInt16(files.count)), little(UInt16(0)))
    let end = little(UInt32(directory.count)) + little(UInt32(archive.count))
    return archive + directory + little(UInt32(0x0605_4B50)) + zero + zero + count + count + end
      + zero
  }

  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in
        sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1
      }
    }
  }

  /// Tensors of floats in the safetensors format, and one of whole numbers.
  static func safetensors(
    _ tensors: [(name: String, shape: [Int], values: [Float])], keys: [Int64] = []
  ) -> [UInt8] {
    var (entries, data): ([String], [UInt8]) = ([], [])
    func add(_ name: String, _ type: String, _ shape: [Int], _ bytes: [UInt8]) {
      entries.append(
        #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[\#(data.count),\#(data.count + bytes.count)]}"#
      )
      data += bytes
    }
    if !keys.isEmpty { add("key", "I64", [keys.count], keys.flatMap(little)) }
    for tensor in tensors { add(tensor.name, "F32", tensor.shape, bytes(tensor.values)) }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    return little(UInt64(header.count)) + header + data
  }

  /// A dictionary of tensors as `torch.save` writes it: a pickle and the numbers of each in a zip archive.
  static func checkpoint(_ tensors: [(name: String, shape: [Int], values: [Float])]) -> [UInt8] {
    var pickle: [UInt8] = [0x80, 2] + Array("ccollections\nOrderedDict\n)R(".utf8)
    func text(_ text: String) -> [UInt8] {
      Array("X".utf8) + little(UInt32(text.utf8.count)) + Array(text.utf8)
    }
    func number(_ number: Int) -> [UInt8] { Array("J".utf8) + little(Int32(number)) }
    func tuple(_ numbers: [Int]) -> [UInt8] {
      Array("(".utf8) + numbers.flatMap(number) + Array("t".utf8)
    }
    for (index, tensor) in tensors.enumerated() {
      var strides = [Int](repeating: 1, count: tensor.shape.count)
      for axis in tensor.shape.indices.dropLast().reversed() {
        strides[axis] = strides[axis + 1] * tensor.shape[axis + 1]
      }
      pickle += text(tensor.name) + Array("ctorch._utils\n_rebuild_tensor_v2\n((".utf8)
      pickle +=
        text("storage") + Array("ctorch\nFloatStorage\n".utf8) + text("\(index)") + text("cpu")
      pickle += number(tensor.values.count) + Array("tQ".utf8) + number(0)
      pickle += tuple(tensor.shape) + tuple(strides) + [0x89]
      pickle += Array("ccollections\nOrderedDict\n)RtR".utf8)
    }
    pickle += Array("u.".utf8)
    return zip(
      [("model/data.pkl", pickle)]
        + tensors.enumerated().map { ("model/data/\($0)", bytes($1.values)) })
  }
}

/// A folder that goes with the object.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file; returns its path.
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
    return "\(path)/\(name)"
  }
}
