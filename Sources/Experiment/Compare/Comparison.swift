import Foundation
import Statistics
import Training

/// Models held against each other: what `results.json` and the report say.
package struct Comparison: Sendable, Codable {
  /// Which rows the metrics are of.
  package enum EvaluatedOn: String, Sendable, Codable {
    case test
    /// No test rows were given. They also chose the epoch, so that these numbers are too good.
    case validation
  }

  /// A model on a device, over all seeds.
  package struct Row: Sendable, Codable {
    package let variant: String
    package let model: String
    package let device: String
    package let seeds: [UInt64]
    /// The runs' folders under `runs`, one a seed.
    package let folders: [String]
    package let parameters: Int
    package let auc: Spread?
    package let averagePrecision: Spread?
    package let logLoss: Spread?
    package let normalizedEntropy: Spread?
    package let calibration: Spread?
    /// The epochs made.
    package let epochs: Spread?
    /// Samples trained a second.
    package let samplesPerSecond: Spread?
    /// Training alone, an epoch.
    package let secondsPerEpoch: Spread?
    /// Training alone up to the best epoch, with pre-training.
    package let secondsToBest: Spread?
    /// Training alone, all epochs, with pre-training.
    package let trainingSeconds: Spread?
    /// Pre-training alone, an epoch of it; nil for a model without.
    package let pretrainingSecondsPerEpoch: Spread?
    /// The champion against this one, by AUC and by log loss: champion minus this one, seed by seed.
    package let aucTest: PairedTest?
    package let logLossTest: PairedTest?
    /// The time of an epoch divided by LR's on the same device; nil where LR did not take part.
    package var epochRatio: Double?
    /// The time of an epoch of pre-training divided by LR's.
    package var pretrainingRatio: Double?
    /// The time of all training divided by LR's, pre-training counted.
    package var trainingRatio: Double?
  }

  package let record: ExperimentRecord
  package let evaluatedOn: EvaluatedOn
  /// A row for each device and model that has runs, in the order they were asked for.
  package let rows: [Row]
  /// The name of the model whose time is 1; nil where there is no LR.
  package let unit: String?

  /// Reads the runs of an experiment.
  ///
  /// - Throws: `UserError` for a run that is no longer whole.
  package init(_ record: ExperimentRecord, in folder: String) throws {
    self.record = record
    var summaries: [ExperimentRecord.Run: RunSummary] = [:]
    for run in record.runs {
      summaries[run] = try RunFolder.summary(in: RunStore.path(of: run.folder, in: folder))
    }
    let evaluatedOn: EvaluatedOn =
      summaries.values.allSatisfy { $0.test != nil } ? .test : .validation
    self.evaluatedOn = evaluatedOn
    func runs(_ variant: String, _ device: String) -> [SeededRun] {
      record.runs.filter { $0.variant == variant && $0.device == device }
        .compactMap { run in
          summaries[run].map { SeededRun(run: run, summary: $0, evaluatedOn: evaluatedOn) }
        }
    }
    let unit = record.variants.first { $0.configuration.model == "lr" }?.name
    self.unit = unit
    var rows: [Row] = []
    for device in record.devices {
      let champion = record.champion.map { runs($0, device.name) } ?? []
      var those: [Row] = []
      for variant in record.variants {
        let own = runs(variant.name, device.name)
        guard !own.isEmpty else { continue }
        those.append(
          Row(variant, own, champion: variant.name == record.champion ? [] : champion))
      }
      let divisor = those.first { $0.variant == unit }
      rows += those.map { $0.dividedBy(divisor) }
    }
    self.rows = rows
  }

  /// The rows of a device.
  package func rows(on device: String) -> [Row] { rows.filter { $0.device == device } }
}

/// A run with its metrics.
struct SeededRun {
  let run: ExperimentRecord.Run
  let summary: RunSummary
  let evaluatedOn: Comparison.EvaluatedOn

  var evaluation: Evaluation? { evaluatedOn == .test ? summary.test : summary.validation }
}

extension Comparison.Row {
  init(_ variant: Variant, _ runs: [SeededRun], champion: [SeededRun]) {
    func spread(_ value: (SeededRun) -> Double?) -> Spread? { Spread(runs.compactMap(value)) }
    func test(_ value: (Evaluation) -> Double?) -> PairedTest? {
      PairedTest(
        champion.compactMap { first in
          guard let second = runs.first(where: { $0.run.seed == first.run.seed }),
            let mine = first.evaluation.flatMap(value), let other = second.evaluation.flatMap(value)
          else { return nil }
          return (mine, other)
        })
    }
    self.init(
      variant: variant.name, model: variant.configuration.model, device: runs[0].run.device,
      seeds: runs.map(\.run.seed), folders: runs.map(\.run.folder),
      parameters: runs[0].summary.parameters, auc: spread { $0.evaluation?.auc },
      averagePrecision: spread { $0.evaluation?.averagePrecision },
      logLoss: spread { $0.evaluation?.logLoss },
      normalizedEntropy: spread { $0.evaluation?.normalizedEntropy },
      calibration: spread { $0.evaluation?.calibration },
      epochs: spread { Double($0.summary.epochs) },
      samplesPerSecond: spread { $0.summary.samplesPerSecond },
      secondsPerEpoch: spread {
        $0.summary.trainingSeconds / Double(max($0.summary.epochs, 1))
      },
      secondsToBest: spread {
        $0.summary.trainingSecondsToBest + ($0.summary.pretrainingTrainingSeconds ?? 0)
      },
      trainingSeconds: spread {
        $0.summary.trainingSeconds + ($0.summary.pretrainingTrainingSeconds ?? 0)
      },
      pretrainingSecondsPerEpoch: spread { run in
        run.summary.pretrainingTrainingSeconds.map {
          $0 / Double(max(run.summary.pretrainingEpochs ?? 1, 1))
        }
      },
      aucTest: test(\.auc), logLossTest: test { $0.logLoss })
  }

  /// The same row with its times held against those of another one.
  func dividedBy(_ unit: Comparison.Row?) -> Comparison.Row {
    func ratio(_ mine: Spread?, _ other: Spread?) -> Double? {
      guard let mine, let other, other.mean > 0 else { return nil }
      return mine.mean / other.mean
    }
    var row = self
    row.epochRatio = ratio(secondsPerEpoch, unit?.secondsPerEpoch)
    row.pretrainingRatio = ratio(pretrainingSecondsPerEpoch, unit?.secondsPerEpoch)
    row.trainingRatio = ratio(trainingSeconds, unit?.trainingSeconds)
    return row
  }
}
