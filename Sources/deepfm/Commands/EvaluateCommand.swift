import ArgumentParser
import DeepFMKit
import Foundation
import Support

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Judges a saved model by logs with labels.")

  @OptionGroup var input: ModelAndRowsOptions

  @OptionGroup var rejection: RejectionOptions
  @OptionGroup var device: DeviceOptions
  @OptionGroup var trust: TrustOptions

  @Flag(help: "Print JSON, all digits.")
  var json = false

  func run() throws {
    let (model, source) = try input.load()
    try evaluate(model, source, on: device.backend())
  }

  private func evaluate(
    _ model: TrainedModel, _ source: ModelAndRowsOptions.Source, on backend: some Backend
  ) throws {
    try trust.check(backend, device, model, Console())
    let predictor = try Predictor(model, on: backend)
    switch source {
    case .rows(let rows): try show(predictor.evaluate(rows))
    case .logs(let logs):
      let policy = try rejection.policy(reading: logs, files: [modelFile(input.model)])
      let (console, rejected) = (Console(), try RejectedRows(policy))
      let (evaluation, statistics) = try predictor.evaluate(logs, rejecting: rejected)
      try finish(rejected, console)
      if let text = lostValues(statistics, rows: rejected.delivered) { console.say(text) }
      try show(evaluation)
    }
  }

  private func show(_ evaluation: Evaluation) throws {
    if json {
      print(try JSONText.results(evaluation), terminator: "")
    } else {
      print(evaluationTable([("given", evaluation)]))
    }
  }
}
