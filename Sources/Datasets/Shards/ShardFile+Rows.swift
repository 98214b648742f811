import Data
import Support

extension ShardFile {
  /// Writes rows as a shard, whole or not at all. The disk is not waited for.
  ///
  /// - Parameters:
  ///   - rows: what to write.
  ///   - encoder: the hash of the encoder's file.
  ///   - path: where; what was there is replaced.
  /// - Throws: ``UserError`` with the system's reason; nothing is left then.
  static func write(_ rows: RowBuffer, encoder: UInt64, to path: String) throws {
    var shard = ShardFile(rows: rows.count, slots: rows.slots, rows.kind, encoder: encoder)
    let contents = [
      rows.ids.bytes, rows.values.bytes, rows.labels.bytes, rows.weights.bytes, rows.times.bytes,
      rows.groups.bytes,
    ]
    for (index, bytes) in contents.enumerated() where shard.sections[index].offset > 0 {
      shard.sections[index].hash = XXH64.hash(bytes)
    }
    let gap = [UInt8](repeating: 0, count: alignment)
    try AtomicFile.write(to: path, synchronized: false) { file in
      try shard.header.withUnsafeBytes(file.append)
      for bytes in contents {
        try file.append(bytes)
        let rest = (alignment - bytes.count % alignment) % alignment
        try gap.withUnsafeBytes { try file.append(.init(rebasing: $0[..<rest])) }
      }
    }
  }
}

/// A shard whose bytes are memory, read from the disk as they are touched.
struct MappedShard: Sendable {
  private let path: String
  private let file: MappedFile
  let shard: ShardFile

  /// Maps a shard.
  ///
  /// - Parameters:
  ///   - slots: the ids of a row that it must have.
  ///   - kind: what its rows must be.
  ///   - encoder: the hash of the encoder's file that must have made it.
  /// - Throws: ``UserError`` for a header that is damaged or not of this dataset.
  init(_ path: String, slots: Int, _ kind: RowKind, encoder: UInt64) throws {
    self.path = path
    file = try MappedFile(path, expected: "a shard of an encoded dataset")
    shard = try file.withBytes { try ShardFile(reading: $0, path: path) }
    guard shard.encoder == encoder, shard.slots == slots, shard.kind == kind else {
      throw UserError(
        path, found: "a shard of another encoding", expected: "one made by this folder's encoder",
        remedy: "copy the folder again, or encode the log again with --rebuild")
    }
  }

  /// Its rows.
  var segment: Segment {
    func section<Element>(_ index: Int, _: Element.Type) -> UnsafeMutablePointer<Element>? {
      let offset = shard.sections[index].offset
      guard offset > 0 else { return nil }
      return UnsafeMutableRawPointer(mutating: file.bytes.baseAddress! + offset)
        .assumingMemoryBound(to: Element.self)
    }
    return Segment(
      rows: shard.rows,
      Segment.Pointers(
        ids: section(0, Int32.self)!, values: section(1, Float.self),
        labels: section(2, Float.self)!, weights: section(3, Float.self),
        times: section(4, Int64.self), groups: section(5, UInt64.self)), of: file)
  }

  /// Holds every section against its checksum, and every id against the tables it will be looked up in: a
  /// checksum tells of damage, not of intent.
  ///
  /// - Parameter features: the rows of a table.
  /// - Throws: ``UserError`` with the section that differs, or the id.
  func verify(features: Int) throws {
    for section in shard.sections where section.offset > 0 {
      let hash = file.withBytes { bytes in
        let range = section.offset..<section.offset + section.count
        return XXH64.hash(UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
      guard hash == section.hash else { throw ShardFile.damaged(path, section.name) }
    }
    let segment = segment
    let ids = UnsafeBufferPointer(start: segment.ids, count: shard.rows * shard.slots)
    let allowed = Batch.absent..<Int32(clamping: features)
    // All of them are looked at, which vectors do, rather than up to the first.
    guard ids.reduce(true, { $0 && allowed.contains($1) }) else {
      let bad = ids.firstIndex { !allowed.contains($0) }!
      throw UserError(
        path, found: "id \(ids[bad]) in row \(bad / shard.slots + 1)",
        expected: "\(Batch.absent) or an id below \(features)",
        remedy: "do not use this folder: no encoder has made it")
    }
  }
}
