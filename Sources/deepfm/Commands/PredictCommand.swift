import ArgumentParser
import Datasets
import DeepFMKit
import Foundation
import Support

struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Prints the click probability of each row of a log, one a line.",
    discussion: """
      The log needs the columns the model was trained with, but no label; further columns are \
      ignored, and values not seen in training count as unknown ones of their field. With --on-error \
      skip or quarantine a row that cannot be read has an empty line.

        deepfm predict runs/first new.parquet --with user item --out scores.parquet
      """)

  @OptionGroup var input: ModelAndRowsOptions

  @Option(
    help: ArgumentHelp("A file to write instead of standard output.", valueName: "file"),
    completion: .file())
  var out: String?

  @Option(
    help: ArgumentHelp(
      "lines, csv, jsonl or parquet.",
      discussion:
        "By default what the name of --out ends in; lines otherwise, or csv if there are columns --with them."
    ))
  var format: PredictionFormat?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Columns of the log to write beside the predictions.", valueName: "column"))
  var with: [String] = []

  @OptionGroup var rejection: RejectionOptions
  @OptionGroup var device: DeviceOptions
  @OptionGroup var trust: TrustOptions

  /// The names of the columns, which may be given with commas between them.
  private var columns: [String] {
    with.flatMap { $0.split(separator: ",").map(String.init) }
  }

  func validate() throws {
    guard with.isEmpty || !input.files.isEmpty || input.data != nil else {
      throw ValidationError(
        "name a log in front of --with, which takes all words up to the next option as columns")
    }
    guard with.isEmpty || format != .lines else {
      throw ValidationError(
        "lines hold nothing but predictions: use --format csv, jsonl or parquet")
    }
    guard with.isEmpty || input.data == nil else {
      throw ValidationError("encoded rows have no columns: name the logs in place of --data")
    }
    let names = columns + [PredictionFormat.score]
    guard Set(names).count == names.count else {
      throw ValidationError("--with names each column once, and none is called score")
    }
  }

  func run() throws {
    try checkApart(
      [out].compactMap(\.self) + rejection.results, from: [modelFile(input.model)])
    guard let out else {
      let backend = try device.backend()
      return try predict(on: backend) { try StandardStream.output.writeChecked($0) }
    }
    try checkWritableFile(out)
    let backend = try device.backend()
    try AtomicFile.write(to: out) { file in
      try predict(on: backend) { try file.append($0) }
    }
  }

  private func predict(
    on backend: some Backend, _ write: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let (model, source) = try input.load()
    try trust.check(backend, device, model, Console())
    let predictor = try Predictor(model, on: backend)
    let format =
      format ?? out.flatMap { PredictionFormat(ending: $0) } ?? (columns.isEmpty ? .lines : .csv)
    var logs: [LogSource] = []
    if case .logs(let named) = source { logs = named }
    var output = RowsOutput(
      try format.output(columns, of: logs, write), columns: columns.count)
    switch source {
    case .rows(let rows):
      try output.append(PredictedRows(probabilities: predictor.predict(rows)))
      try output.finish()
    case .logs(let logs):
      let policy = try rejection.policy(
        reading: logs, results: [out], files: [modelFile(input.model)])
      let (console, rejected) = (Console(), try RejectedRows(policy))
      let statistics = try predictor.predict(
        logs, keeping: columns, rejecting: rejected
      ) { rows in
        try output.append(rows)
      }
      try output.finish()
      try finish(rejected, console)
      for column in output.empty.sorted() {
        console.say("note: no row has a value in column \(quoted(columns[column]))")
      }
      if let text = lostValues(statistics, rows: rejected.delivered) { console.say(text) }
    }
  }
}

/// Puts rows that could not be read where they were among the others.
private struct RowsOutput {
  /// The columns that have no text so far, as those have whose name is a slip: a key may be missing in all rows.
  private(set) var empty: Set<Int>
  private var output: any PredictionOutput
  private var row = 0
  private var rejected: [Int] = []
  private var next = 0

  init(_ output: any PredictionOutput, columns: Int) {
    (self.output, empty) = (output, Set(0..<columns))
  }

  mutating func append(_ rows: PredictedRows) throws {
    rejected.removeFirst(next)
    (rejected, next) = (rejected + rows.rejected, 0)
    for (index, probability) in rows.probabilities.enumerated() {
      try appendRejected()
      try output.append(rows.kept, row: index, probability)
      for column in empty where !rows.kept.withText(index, column, \.isEmpty) {
        empty.remove(column)
      }
      row += 1
    }
  }

  /// Writes the rejected rows at the end, and what is left.
  mutating func finish() throws {
    try appendRejected()
    try output.finish()
  }

  private mutating func appendRejected() throws {
    while next < rejected.count, rejected[next] == row {
      try output.append(KeptText(columns: 0), row: 0, nil)
      row += 1
      next += 1
    }
  }
}
