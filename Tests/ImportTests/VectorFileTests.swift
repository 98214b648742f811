import Arrays
import DeepFMKit
import Foundation
import Random
import Testing

@Suite struct VectorFileTests {
  /// Three values, of which the second is not asked for.
  private static let keys = ["31", "other", "5"]
  private static let rows: [Float] = [1, 2, 3, 4, 5, 6]
  private static let text = "31 1 2\nother 3 4\n5 5e0 6.0 \n"

  private static func read(_ path: String, width: Int = 2) throws -> ValueVectors {
    let values = ["5": 0, "31": 1, "missing": 2]
    return try VectorFile.read(path, field: "item", count: 3, width: width) {
      values[String(decoding: $0, as: UTF8.self)]
    }
  }

  /// A file in each format, by its name; keys that are numbers where only such can be.
  private static func files() -> [(name: String, bytes: [UInt8])] {
    let (type, texts) = ForeignFiles.unicode(keys)
    let rows = ForeignFiles.npy("<f4", [3, 2], ForeignFiles.bytes(Self.rows))
    let doubles = ForeignFiles.npy(
      "<f8", [3, 2], Self.rows.flatMap { ForeignFiles.little(Double($0).bitPattern) })
    let whole = ForeignFiles.npy(
      "<i8", [3], [31, 77, 5].flatMap { ForeignFiles.little(Int64($0)) })
    var binary = Array("3 2\n".utf8)
    for (row, key) in keys.enumerated() {
      binary += Array("\(key) ".utf8)
      binary += ForeignFiles.bytes(Array(Self.rows[2 * row..<2 * row + 2]))
      binary.append(0x0A)
    }
    return [
      (
        "a.npz",
        ForeignFiles.zip([("key.npy", ForeignFiles.npy(type, [3], texts)), ("value.npy", rows)])
      ),
      ("b.npz", ForeignFiles.zip([("value.npy", doubles), ("key.npy", whole)])),
      ("c.npy", rows),
      (
        "d.safetensors",
        ForeignFiles.safetensors([("value", [3, 2], Self.rows)], keys: [31, 77, 5])
      ),
      ("e.txt", Array("3 2\n\(text)".utf8)), ("f.txt", Array(text.utf8)), ("g.bin", binary),
    ]
  }

  @Test func `Every format has the same vectors`() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Array("31\nother\r\n5\n".utf8), "c.keys.txt")
    for file in Self.files() {
      let found = try Self.read(folder.write(file.bytes, file.name))
      #expect(found.vectors == [5, 6, 1, 2, 0, 0], "\(file.name)")
      #expect(found.isFound == [true, true, false] && found.inFile == 3, "\(file.name)")
      #expect(found.first == "31")
    }
  }

  @Test func `A file that is cut short or changed is read or refused by its name, wherever it is`()
    throws
  {
    let folder = try TemporaryFolder()
    _ = try folder.write(Array("31\nother\n5\n".utf8), "c.keys.txt")
    var random = RandomStream(seed: 5, purpose: "changed vectors")
    func attempt(_ name: String, _ bytes: [UInt8]) throws -> Bool {
      do {
        _ = try Self.read(folder.write(bytes, name))
        return true
      } catch let error as UserError {
        #expect(error.file.hasPrefix(folder.path), "\(error)")
        return false
      }
    }
    for file in Self.files() {
      // The last line of a text without a count may end sooner and still be a line.
      let isOpen = file.name == "f.txt"
      for length in stride(from: 0, to: file.bytes.count - 3, by: 3) {
        let isRead = try attempt(file.name, Array(file.bytes[..<length]))
        #expect(isOpen || !isRead, "\(file.name) of \(length) bytes")
      }
      for _ in 0..<60 {
        var bytes = file.bytes
        for _ in 0..<Int(1 + random.nextWord() % 3) {
          bytes[Int(random.nextWord() % UInt32(bytes.count))] = UInt8(
            truncatingIfNeeded: random.nextWord())
        }
        _ = try attempt(file.name, bytes)
      }
    }
  }

  /// What is said of a file.
  private static func words(_ bytes: [UInt8], _ name: String = "x.txt", width: Int = 2) throws
    -> String
  {
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, name)
    let error = #expect(throws: UserError.self) { try read(path, width: width) }
    return error.map { $0.description.replacing("\(folder.path)/", with: "") } ?? ""
  }

  @Test func `Vectors of another length are refused with both lengths`() throws {
    for file in Self.files() where file.name != "c.npy" {
      let words = try Self.words(file.bytes, file.name, width: 10)
      #expect(
        words.contains("found vectors of 2 numbers, expected 10, the model's embedding_size"),
        "\(words)")
      #expect(words.contains("--embedding-size 2"))
    }
  }

  @Test func `A value twice, and what is no number, are named with their line`() throws {
    #expect(
      try Self.words(Array("\(Self.text)31 7 8\n".utf8)).hasPrefix(
        #"x.txt:4: found value "31" a second time"#))
    #expect(
      try Self.words(Array("31 1 2\n5 nan 6\n".utf8)).hasPrefix(
        #"x.txt:2: found nan as number 1 of the vector of "5""#))
    #expect(try Self.words(Array("31 1 2\n5 1 x6\n".utf8)).hasPrefix(#"x.txt:2: found "x6""#))
    #expect(try Self.words(Array("31 1 2\n5 1\n".utf8)).hasPrefix("x.txt:2: found 1 numbers"))
    #expect(try Self.words(Array("4 2\n\(Self.text)".utf8)).contains("found 3 vectors, expected 4"))
  }

  @Test func `Arrays that cannot be meant are refused with what to do`() throws {
    let rows = ForeignFiles.npy("<f4", [3, 2], ForeignFiles.bytes(Self.rows))
    func archive(_ key: [UInt8], _ value: [UInt8]) throws -> String {
      try Self.words(ForeignFiles.zip([("key.npy", key), ("value.npy", value)]), "x.npz")
    }
    let keys = ForeignFiles.npy("|S2", [3], Array("31x\05\0".utf8))
    #expect(
      try archive(ForeignFiles.npy("|O", [3], [1, 2, 3]), rows).contains("array.astype(str)"))
    #expect(
      try archive(ForeignFiles.npy("|S2", [2], Array("3131".utf8)), rows).contains(
        "2 keys for 3 vectors"))
    #expect(
      try archive(keys, ForeignFiles.npy(">f4", [3, 2], ForeignFiles.bytes(Self.rows))).contains(
        "big-endian"))
    let columns = ForeignFiles.npy("<f4", [3, 2], ForeignFiles.bytes(Self.rows), fortran: true)
    #expect(try archive(keys, columns).contains("ascontiguousarray"))
    #expect(
      try archive(keys, ForeignFiles.npy("<f4", [6], ForeignFiles.bytes(Self.rows))).contains(
        "a matrix"))
    #expect(
      try Self.words(ForeignFiles.zip([("a.npy", rows)]), "x.npz").contains(
        "expected two arrays, key and value"))
    #expect(try Self.words(rows, "x.npy").contains("x.keys.txt beside it"))
    #expect(try Self.words(Array("PAR1".utf8), "x.parquet").contains("numpy.savez"))
  }
}
