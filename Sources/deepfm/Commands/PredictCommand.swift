import ArgumentParser
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
      """)

  @OptionGroup var input: ModelAndRowsOptions

  @Option(
    help: ArgumentHelp("A file to write instead of standard output.", valueName: "file"),
    completion: .file())
  var out: String?

  @OptionGroup var rejection: RejectionOptions
  @OptionGroup var device: DeviceOptions
  @OptionGroup var trust: TrustOptions

  func run() throws {
    try checkApart(
      [out].compactMap(\.self) + rejection.results, from: [modelFile(input.model)])
    guard let out else {
      let output = LineOutput { try StandardStream.output.writeChecked($0) }
      try predict(to: output, on: device.backend())
      return
    }
    try checkWritableFile(out)
    let backend = try device.backend()
    try AtomicFile.write(to: out) { file in
      try predict(to: LineOutput { try file.append($0) }, on: backend)
    }
  }

  private func predict(to output: LineOutput, on backend: some Backend) throws {
    let (model, source) = try input.load()
    try trust.check(backend, device, model, Console())
    let predictor = try Predictor(model, on: backend)
    switch source {
    case .rows(let rows): try output.append(predictor.predict(rows))
    case .logs(let logs):
      try LogSource.check(logs, apartFrom: rejection.results + [out].compactMap(\.self))
      let (console, rejected) = (Console(), try RejectedRows(rejection.policy))
      let statistics = try predictor.predict(logs, rejecting: rejected) { rows in
        output.skip(rows.rejected)
        try output.append(rows.probabilities)
      }
      try output.finish()
      try finish(rejected, console)
      if let text = lostValues(statistics, rows: rejected.delivered) { console.say(text) }
    }
  }
}

/// Probabilities as lines, one for each row of a log so that the two stay side by side: an empty one for a
/// row that could not be read.
private final class LineOutput {
  private let write: (UnsafeRawBufferPointer) throws -> Void
  private var row = 0
  private var rejected: [Int] = []
  private var next = 0

  init(_ write: @escaping (UnsafeRawBufferPointer) throws -> Void) { self.write = write }

  /// Tells of rows that have no probability, by their numbers.
  func skip(_ rows: [Int]) {
    rejected.removeFirst(next)
    (rejected, next) = (rejected + rows, 0)
  }

  func append(_ probabilities: [Float]) throws {
    var text = ""
    for probability in probabilities {
      skipRejected(&text)
      // The shortest text that reads back as the same number: nothing is lost.
      text += "\(probability)\n"
      row += 1
    }
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  /// Writes the lines of rejected rows at the end.
  func finish() throws {
    var text = ""
    skipRejected(&text)
    try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
  }

  private func skipRejected(_ text: inout String) {
    while next < rejected.count, rejected[next] == row {
      text += "\n"
      row += 1
      next += 1
    }
  }
}
