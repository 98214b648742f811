import ArgumentParser
import Datasets
import DeepFMKit
import Support

/// The steps of an encoding in parts, `deepfm encode count` and so on: commands by themselves, since `encode` has
/// logs where their names would be.
enum EncodeParts {
  static let steps = ["count", "merge", "apply", "join"]

  /// `encode count …` as `encode-count …`.
  static func words(_ words: [String]) -> [String] {
    guard words.count > 1, words[0] == "encode", steps.contains(words[1]) else { return words }
    return ["encode-\(words[1])"] + words.dropFirst(2)
  }
}

struct EncodeCountCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode-count",
    abstract: "Counts what an encoder is made of in a part of the training logs.",
    discussion: """
      The first of four steps by which many machines encode logs together, each step a command over \
      plain files: whatever runs commands will do, mpirun, Slurm, Spark, make.

        deepfm encode count part-17.csv --schema s.yaml --out counts/17    for each training part
        deepfm encode merge counts/* --out encoder.json                    once
        deepfm encode apply part-17.csv --encoder encoder.json --out data/17   for each part
        deepfm encode join data/* --out data-all                           once

      The encoder's file is, byte for byte, that of one run over all training parts, and so are the rows.
      """)

  @Argument(help: ArgumentHelp("Logs of training rows.", valueName: "log"), completion: .file())
  var logs: [String]
  @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
  var out: String
  @OptionGroup var schema: SchemaOptions
  @OptionGroup var rejection: RejectionOptions
  @OptionGroup var vocabulary: VocabularyOptions

  func run() throws {
    let console = Console()
    let sources = try LogSource.named(logs)
    let policy = try rejection.policy(reading: sources, results: [out], files: [schema.schema])
    var encoding = LogEncoding(sources.map { ($0, .train) })
    encoding.vocabularyMemory = try vocabulary.memory()
    encoding.spillFolder = existingFolder(around: out)
    var meaning = try schema.read(for: sources, console)
    meaning.split = nil
    let rows = try PartEncoding.count(
      &encoding, meaning, rejecting: policy, to: out)
    print("counted \(rows) rows; made \(out)")
  }
}

struct EncodeMergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode-merge",
    abstract: "Makes the encoder of what 'encode count' has counted in each part.")

  @Argument(
    help: ArgumentHelp("What the parts have counted.", valueName: "file"), completion: .file())
  var counts: [String]
  @Option(help: ArgumentHelp("The encoder's file.", valueName: "file"), completion: .file())
  var out: String
  @OptionGroup var vocabulary: VocabularyOptions

  func run() throws {
    try checkApart([out], from: counts)
    let (encoder, rows) = try PartEncoding.merge(
      counts, vocabularyMemory: vocabulary.memory(), to: out)
    for note in encoder.notes { Console().say("note: \(note)") }
    print(
      "\(rows) training rows of \(counts.count) parts: \(encoder.layout.fields) fields, "
        + "\(encoder.layout.features) features; made \(out)")
  }
}

struct EncodeApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode-apply",
    abstract: "Encodes a part of the logs by an encoder that is there.",
    discussion: "Interrupted at any moment, the same command goes on where it stopped.")

  @Argument(help: ArgumentHelp("The part's logs.", valueName: "log"), completion: .file())
  var logs: [String]
  @Option(help: ArgumentHelp("The encoder's file.", valueName: "file"), completion: .file())
  var encoder: String
  @Option(help: ArgumentHelp("What its rows are for: train, valid or test.", valueName: "part"))
  var part = "train"
  @Option(help: ArgumentHelp("The folder to make.", valueName: "folder"), completion: .directory)
  var out: String
  @OptionGroup var rejection: RejectionOptions
  @Flag(help: "Encode anew, and replace the folder at the end.")
  var rebuild = false

  func validate() throws {
    guard DataSplit.Part(rawValue: part) != nil else {
      throw ValidationError("--part is train, valid or test, not '\(part)'")
    }
  }

  func run() throws {
    let console = Console()
    let sources = try LogSource.named(logs)
    let policy = try rejection.policy(reading: sources, results: [out], files: [encoder])
    let schema = try DatasetFolder.readEncoder(encoder).0.schema
    var job = EncodingJob(training: part == "train" ? sources : [], schema: schema, folder: out)
    if part == "valid" { job.validation = sources }
    if part == "test" { job.test = sources }
    (job.encoderFile, job.rejection, job.rebuilds) = (encoder, policy, rebuild)
    switch try job.run() {
    case .upToDate(let manifest):
      print(manifestTable(manifest))
      console.say("\(out) holds this already: nothing to do")
    case .made(let manifest, let notes, _):
      for note in notes { console.say("note: \(note)") }
      print(manifestTable(manifest))
      print("made \(out)")
    }
  }
}

struct EncodeJoinCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode-join",
    abstract: "Joins folders that one encoder has encoded into one.",
    discussion:
      "Their rows come one after the other. Shards are linked where the file system can, so that "
      + "they take no more room.")

  @Argument(
    help: ArgumentHelp("The folders, in order.", valueName: "folder"), completion: .directory)
  var folders: [String]
  @Option(help: ArgumentHelp("The folder to make.", valueName: "folder"), completion: .directory)
  var out: String
  @Flag(help: "Replace the dataset that is there.")
  var rebuild = false

  func run() throws {
    print(manifestTable(try PartEncoding.join(folders, to: out, replaces: rebuild)))
    print("made \(out) of \(folders.count) folders")
  }
}
