import ArgumentParser
import Datasets
import DeepFMKit
import Foundation
import Reports
import Support

struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Encodes logs of any size into a folder that trainings read without delay.",
    discussion: """
      Reads the logs twice, to learn the vocabulary from the training rows and to encode, in memory \
      bounded by the vocabulary. Interrupted at any moment, the same command goes on where it \
      stopped, and comes to the same bytes. A folder that was made from other logs, another schema or \
      another split is never reused silently.

        deepfm encode log.tsv --out data --split random --sizes 0.8,0.1,0.1
        deepfm train --data data --out runs/first

      By time, the schema names the column: --split time --train-until 2014-10-29 makes the rows from \
      that day on test rows. A schema may hold the split too, as split:.
      """)

  @Argument(
    help: ArgumentHelp("The logs whose rows to learn from, or to split.", valueName: "log"),
    completion: .file())
  var logs: [String]

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Logs whose rows are validation rows.", valueName: "file"),
    completion: .file())
  var valid: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Logs whose rows are test rows.", valueName: "file"), completion: .file())
  var test: [String] = []

  @Option(help: ArgumentHelp("The folder to make.", valueName: "folder"), completion: .directory)
  var out: String

  @OptionGroup var schema: SchemaOptions

  @OptionGroup var split: SplitOptions
  @OptionGroup var rejection: RejectionOptions

  @Option(help: "Cores to use (all). The result does not depend on it.")
  var threads: Int?

  @OptionGroup var vocabulary: VocabularyOptions

  @Flag(help: "Encode anew, and replace the folder at the end.")
  var rebuild = false

  func run() throws {
    let console = Console()
    let sources = try LogSource.named(logs)
    let policy = try rejection.policy(
      reading: sources + LogSource.named(valid) + LogSource.named(test), results: [out],
      files: [schema.schema])
    let repetitions = try LogSource.repetitions(
      training: sources, validation: LogSource.named(valid), test: LogSource.named(test))
    for note in repetitions { console.say("note: \(note)") }
    var job = EncodingJob(
      training: sources, schema: try schema.read(for: sources, console), folder: out)
    job.validation = try LogSource.named(valid)
    job.test = try LogSource.named(test)
    job.split = try split.resolved(
      over: job.schema.split,
      unless: [valid.isEmpty ? nil : "--valid", test.isEmpty ? nil : "--test"].compactMap(\.self),
      console)
    job.rejection = policy
    job.rebuilds = rebuild
    job.vocabularyMemory = try vocabulary.memory()
    if let threads {
      guard (1...1024).contains(threads) else {
        throw ValidationError("--threads is from 1 to 1024")
      }
      job.threads = threads
    }
    let outcome = try job.run { console.progress(Self.line($0)) }
    console.clear()
    switch outcome {
    case .upToDate(let manifest):
      print(manifestTable(manifest))
      if manifest.rejected > 0 {
        console.say("note: it was made without \(manifest.rejected) rows that could not be read")
      }
      console.say("\(out) holds this already: nothing to do")
    case .made(let manifest, let notes, let passes):
      for note in notes { console.say("note: \(note)") }
      print(manifestTable(manifest))
      if let train = manifest.part(.train),
        let text = lostValues(train.statistics, rows: train.rows)
      {
        print("training rows: \(text)")
      }
      if !passes.isEmpty { print(passTable(passes)) }
      let spilled = passes.reduce(0) { $0 + $1.spilled }
      let place = spilled > 0 ? ", \(bytes(spilled)) of counts on disk meanwhile" : ""
      print(
        "\(job.threads) \(job.threads == 1 ? "thread" : "threads"); peak memory \(bytes(ProcessStatus.peakMemory)); bound of the "
          + "vocabularies \(bytes(job.vocabularyMemory))\(place); made \(out)")
    }
  }

  private static func line(_ progress: EncodingProgress) -> String {
    let share = progress.bytesTotal > 0 ? 100 * progress.bytes / progress.bytesTotal : 0
    let cells = 20 * min(share, 100) / 100
    let bar = String(repeating: "█", count: cells) + String(repeating: "░", count: 20 - cells)
    return "\(progress.pass.rawValue) (\(progress.number)/\(progress.passes)) \(bar) \(share) %  "
      + "\(bytes(progress.bytes)) of \(bytes(progress.bytesTotal))  "
      + "\(rate(Double(progress.rows) / max(progress.seconds, 1e-9))) rows/s"
      + (progress.secondsLeft.map { "  left \(duration($0))" } ?? "")
  }

  private func passTable(_ passes: [PassTiming]) -> TextTable {
    var table = TextTable(
      "pass", "rows", "text", "time", "MB/s", "rows/s", "MB/s a core", "peak so far")
    for pass in passes {
      let megabytes = Double(pass.bytes) / 1e6
      table.add(
        pass.pass.rawValue, "\(pass.rows)", bytes(pass.bytes), duration(pass.seconds),
        fixed(megabytes / pass.seconds, 0), rate(Double(pass.rows) / pass.seconds),
        fixed(megabytes / pass.coreSeconds, 0), bytes(pass.peakMemory))
    }
    return table
  }
}

/// What each part of an encoded dataset holds.
func manifestTable(_ manifest: DatasetManifest) -> TextTable {
  var table = TextTable(
    "part", "rows", "clicks", "unknown values", "missing values", "cut values", "shards")
  for part in manifest.parts {
    let values = max(part.rows * part.statistics.count, 1)
    func percent(_ count: KeyPath<FieldStatistics, Int>) -> String {
      let sum = part.statistics.reduce(0) { $0 + $1[keyPath: count] }
      return fixed(100 * Double(sum) / Double(values), 2) + " %"
    }
    table.add(
      part.part.rawValue, "\(part.rows)",
      fixed(100 * Double(part.clicks) / Double(max(part.rows, 1)), 2) + " %", percent(\.unknown),
      percent(\.missing), percent(\.cut), "\(part.shards.count)")
  }
  return table
}
