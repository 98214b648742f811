import Features
import Foundation
import Logs
import Support

/// Makes an encoded dataset of logs of any size, in passes over them that read block by block: one
/// that counts and learns, one that encodes, and before them one that counts rows where a split asks
/// for exact sizes.
///
/// Memory is bounded: by ``vocabularyMemory`` and what is on its way, some blocks a thread and 64 MiB
/// of encoded rows. The bytes of the result do not depend on the threads, nor on how often the work was
/// interrupted and taken up again.
package struct EncodingJob {
  /// Logs whose rows the split divides; training rows where there is no split.
  package var training: [LogSource]
  /// Logs of validation and of test rows.
  package var validation: [LogSource] = []
  package var test: [LogSource] = []
  /// What the columns mean; gaps are filled by looking at the training logs.
  package var schema: Schema
  /// How the rows of the training logs are divided; as the schema says unless set otherwise.
  package var split: DataSplit?
  /// The folder to make.
  package var folder: String
  /// What becomes of rows that are not as the schema says.
  package var rejection = RejectionPolicy.stop
  /// Whether a dataset that is there is replaced, even by an equal one.
  package var rebuilds = false
  /// The file of an encoder to encode by, in place of one that is learned: rows of one part alone will do then. The
  /// schema is the encoder's.
  package var encoderFile: String?
  /// How many blocks are worked on at the same time.
  package var threads = Processors.count
  /// The most bytes that the vocabularies may take while they are counted, and when they are learned.
  /// Counts beyond it go to disk, beside the folder that is made. The result does not depend on it.
  package var vocabularyMemory = FeatureEncoder.defaultVocabularyMemory
  /// The bytes of a block of the log, and of encoded rows before shards are written; other sizes for
  /// tests.
  var blockSize = BlockReader.blockSize
  var shardSize = ShardWriter.limit

  /// A job.
  package init(training: [LogSource], schema: Schema = Schema(), folder: String) {
    (self.training, self.schema, self.folder) = (training, schema, folder)
    split = schema.split
  }

  /// What came of a job.
  package enum Outcome: Sendable {
    /// The folder was made.
    case made(DatasetManifest, notes: [String], passes: [PassTiming])
    /// The same dataset was there already.
    case upToDate(DatasetManifest)
  }

  /// Does it.
  ///
  /// - Parameter report: called from time to time, by any thread but not by two at once.
  /// - Throws: ``UserError`` for a row that is not as the schema says, a folder that holds something
  ///   else or another encoding, a disk that is full. What was in the folder before is then still there.
  package func run(_ report: @escaping (EncodingProgress) -> Void = { _ in }) throws -> Outcome {
    try split?.check(schema)
    var meaning = schema
    meaning.split = nil
    var manifest = DatasetManifest(schema: meaning, split: split, inputs: try inputs())
    if let existing = try existing(like: manifest) { return .upToDate(existing) }

    if case .quarantine(let path) = rejection.action {
      // A place that cannot be written is found now and not after hours.
      try AtomicFile(path: path).discard()
    }
    let staging = try StagingFolder(for: folder, manifest)
    do {
      return try make(&manifest, in: staging, report)
    } catch {
      staging.discardUnlessBegun()
      throw error
    }
  }

  private func make(
    _ manifest: inout DatasetManifest, in staging: StagingFolder,
    _ report: @escaping (EncodingProgress) -> Void
  ) throws -> Outcome {
    var encoding = LogEncoding(sources)
    (encoding.split, encoding.threads, encoding.blockSize) = (split, threads, blockSize)
    (encoding.vocabularyMemory, encoding.spillFolder) = (vocabularyMemory, staging.path)
    encoding.report = report
    try takeEncoder(in: staging.path)
    let learned = try? DatasetFolder.readEncoder(in: staging.path)
    let completed = try learned.map { ($0.0.schema, []) } ?? schema.completed(from: training)
    let counts = try counts(&encoding, completed.0, staging)
    let (encoder, hash) = try learned ?? learn(&encoding, completed, counts, staging)
    let pass = try FolderPass(staging, encoder, hash: hash, rejection, shardSize: shardSize)
    let progress = try pass.run(&encoding, counts)

    manifest.inputs = try hashed(manifest.inputs)
    manifest.encoder = hash
    manifest.parts = progress.parts.filter { $0.rows > 0 }
    (manifest.rejected, manifest.leftOut) = (progress.rejection.count, progress.leftOut)
    guard manifest.part(.train) != nil || encoderFile != nil else {
      throw UserError.noTrainingRows
    }
    try pass.deliverQuarantine()
    try staging.finish(manifest)
    return .made(
      manifest, notes: encoder.notes + (pass.rejection.map { [$0] } ?? []),
      passes: encoding.timings)
  }

  /// Puts the encoder that was given in the place of one to be learned.
  private func takeEncoder(in folder: String) throws {
    guard let encoderFile else { return }
    let given = try MappedFile(encoderFile, expected: "an encoder").withBytes { Data($0) }
    let path = folder + "/" + DatasetFolder.encoderFile
    let before = FileManager.default.contents(atPath: path)
    guard before ?? given == given else {
      throw UserError(
        self.folder, found: "an encoding under way by another encoder",
        expected: "one by \(encoderFile)", remedy: "remove \(folder), or choose another folder")
    }
    try AtomicFile.write(to: path) { file in try given.withUnsafeBytes(file.append) }
  }

  /// The rows of each block of the training logs, nil where the split needs none.
  private func counts(
    _ encoding: inout LogEncoding, _ schema: Schema, _ staging: StagingFolder
  ) throws -> RowCounts? {
    guard split?.isExact == true else { return nil }
    if let counts = staging.counts { return counts }
    let counts = try encoding.count(schema, rejection)
    if let counts { try staging.keep(counts) }
    return counts
  }

  /// The encoder, learned from the training rows, and the hash of its file.
  private func learn(
    _ encoding: inout LogEncoding, _ completed: (schema: Schema, notes: [String]),
    _ counts: RowCounts?, _ staging: StagingFolder
  ) throws -> (FeatureEncoder, hash: String) {
    let encoder = try encoding.learn(
      completed, counts, rejecting: RejectedRows(rejection.silent))
    return (encoder, try DatasetFolder.write(encoder, in: staging.path))
  }

  /// All logs in the order they are read, with the parts of their rows.
  var sources: [(source: LogSource, part: DataSplit.Part)] {
    training.map { ($0, .train) } + validation.map { ($0, .valid) } + test.map { ($0, .test) }
  }

  private func inputs() throws -> [InputFile] {
    try sources.map { try InputFile($0.source, part: $0.part) }
  }

  /// The inputs with their hashes, if they are still as they were.
  private func hashed(_ inputs: [InputFile]) throws -> [InputFile] {
    try zip(inputs, self.inputs()).map { before, now in
      guard before.size == now.size && before.modified == now.modified else {
        throw UserError(
          before.path, found: "a log that changed while it was read", expected: "one that stays",
          remedy: "encode it again when nobody writes to it any more")
      }
      var input = before
      input.hash = try input.hash ?? InputFile.hash(of: input.path)
      return input
    }
  }

  /// The dataset that is in the folder, if it was asked for in the same way.
  private func existing(like manifest: DatasetManifest) throws -> DatasetManifest? {
    guard access(folder, F_OK) == 0 else { return nil }
    let path = folder + "/" + DatasetManifest.file
    guard access(path, F_OK) == 0 else {
      throw UserError(
        folder, found: "something that is no encoded dataset", expected: "a name for a new folder",
        remedy: "choose another one")
    }
    if rebuilds { return nil }
    let existing = try DatasetManifest(contentsOf: path)
    let changes = try existing.changes(
      to: manifest, since: InputFile.lastChange(of: path))
    let isSame =
      try encoderFile.map {
        try MappedFile($0, expected: "an encoder").withBytes { hexadecimal(XXH64.hash($0)) }
          == existing.encoder
      } ?? true
    guard isSame else {
      throw UserError(
        folder, found: "rows of another encoder", expected: "those of the one given",
        remedy: "choose another folder, or replace it with --rebuild")
    }
    guard changes.isEmpty else {
      throw UserError(
        folder, found: "another encoding (\(changes.joined(separator: "; ")))",
        expected: "the one asked for", remedy: "choose another folder, or replace it with --rebuild"
      )
    }
    return existing
  }
}
