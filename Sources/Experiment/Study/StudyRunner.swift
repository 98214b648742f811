import Features
import Statistics
import Support
import Training

/// Which variants a study needs, and which it goes on with.
package enum Study {
  /// The variants of each model at each point of a space.
  ///
  /// - Parameters:
  ///   - file: models, settings, space and method.
  ///   - names: which models; nil for those of the file.
  ///   - flags: settings over those of the file.
  ///   - seed: of the points drawn by chance.
  /// - Throws: `UserError` for a setting or a value that is not as it must be.
  package static func variants(
    _ file: ExperimentFile, only names: [String]? = nil, over flags: TrainingSettings, seed: UInt64,
    origin: String
  ) throws -> [Variant] {
    let points: [[Variant.Choice]]
    if let count = file.search.samples {
      points = file.space.sample(count, seed: seed)
    } else if let grid = file.space.grid() {
      points = grid
    } else {
      throw UserError(
        origin, found: "a range in a grid", expected: "lists of values",
        remedy: "write the values, or add search: random")
    }
    let models = try file.variants(only: names, over: flags)
    return try models.flatMap { model in
      try points.map { point in
        var settings = flags
        for choice in point { settings.set(choice.key, to: choice.value, origin: "space") }
        let configuration = try file.variants(only: [model.name], over: settings)[0].configuration
        return Variant(
          name: Self.name(model.name, point), point: point, configuration: configuration)
      }
    }
  }

  private static func name(_ model: String, _ point: [Variant.Choice]) -> String {
    ([model] + point.map { "\($0.key)=\($0.value.replacing(",", with: "-"))" })
      .joined(separator: " ")
  }

  /// The model that a variant is one of, as it was named.
  static func model(of variant: Variant) -> String {
    String(variant.name.prefix { $0 != " " })
  }

  /// How good a variant's runs are for choosing: the mean of what training monitored on the validation
  /// rows. The test rows have no say in it.
  static func score(_ runs: [(Variant, RunSummary)]) -> Double? {
    Spread(
      runs.compactMap { variant, summary in
        summary.validation.flatMap { variant.configuration.monitor.value(of: $0) }
      })?.mean
  }

  /// Meets a study's requests, all of them or round by round.
  ///
  /// - Returns: the outcome of the last round, and the record with all rounds.
  /// - Throws: as `ExperimentRunner`.
  package static func run(
    _ record: ExperimentRecord, method: SearchMethod, with runner: ExperimentRunner,
    cancellation: Cancellation, report: (ExperimentEvent) -> Void,
    save: (ExperimentRecord) throws -> Void
  ) throws -> ExperimentRecord {
    var record = record
    guard let halving = method.halving else {
      let requests = record.requests
      let outcome = try runner.run(requests, cancellation: cancellation, report: report) {
        record.take($0, of: requests.count)
        try save(record)
      }
      record.take(outcome, of: requests.count)
      try save(record)
      return record
    }
    let all = record.variants
    var (left, epochs) = (all, halving.epochs)
    var runs: [ExperimentRecord.Run] = []
    while true {
      let longest = left.map(\.configuration.epochs).max() ?? epochs
      let isLast = left.count <= 1 || epochs >= longest
      var round = record
      round.variants = left.map { $0.limited(to: isLast ? longest : epochs) }
      record.study?.rounds.append(
        StudyRecord.Round(epochs: isLast ? longest : epochs, variants: left.map(\.name)))
      let outcome = try runner.run(round.requests, cancellation: cancellation, report: report)
      round.take(outcome, of: round.requests.count)
      // A later round's run of a variant stands in place of an earlier one.
      let names = Set(round.runs.map(\.variant))
      runs = runs.filter { !names.contains($0.variant) } + round.runs
      record.runs = runs
      record.failures += round.failures
      record.missing = round.missing
      try save(record)
      if isLast || outcome.isCancelled { return record }
      left = best(of: left, outcome, one: halving.factor)
      epochs *= halving.factor
    }
  }

  /// The best share of the variants, at least one, in their old order.
  private static func best(
    of variants: [Variant], _ outcome: ExperimentOutcome, one factor: Int
  ) -> [Variant] {
    let scores = variants.map { variant in
      score(
        outcome.finished.filter { $0.request.variant.name == variant.name }
          .map { ($0.request.variant, $0.summary) }) ?? -.infinity
    }
    let count = max(variants.count / factor, 1)
    let kept = variants.indices.sorted {
      scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1
    }
    .prefix(count)
    return kept.sorted().map { variants[$0] }
  }
}

extension Variant {
  /// The same variant with at most so many epochs.
  fileprivate func limited(to epochs: Int) -> Variant {
    var configuration = configuration
    configuration.epochs = min(configuration.epochs, epochs)
    return Variant(name: name, point: point, configuration: configuration)
  }
}
