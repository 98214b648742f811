import Statistics
import Training

/// The points of a study in the order of their merit: what `results.json` and the report say.
package struct StudyResult: Sendable, Codable {
  /// A model at a point of the space.
  package struct Row: Sendable, Codable {
    package let variant: String
    package let model: String
    package let point: [Variant.Choice]
    package let folders: [String]
    /// What training monitored on the validation rows: what the order goes by, the higher the better.
    package let score: Double?
    package let validationAUC: Spread?
    package let validationLogLoss: Spread?
    package let testAUC: Spread?
    package let testLogLoss: Spread?
    package let parameters: Int
    package let epochs: Spread?
    package let secondsPerEpoch: Spread?
  }

  package let record: ExperimentRecord
  /// The best first, those without a score last.
  package let rows: [Row]

  /// Reads the runs of a study.
  ///
  /// - Throws: `UserError` for a run that is no longer whole.
  package init(_ record: ExperimentRecord, in folder: String) throws {
    self.record = record
    var rows: [Row] = []
    for variant in record.variants {
      let runs = record.runs.filter { $0.variant == variant.name }
      guard !runs.isEmpty else { continue }
      let summaries = try runs.map {
        try RunFolder.summary(in: RunStore.path(of: $0.folder, in: folder))
      }
      func spread(_ value: (RunSummary) -> Double?) -> Spread? {
        Spread(summaries.compactMap(value))
      }
      rows.append(
        Row(
          variant: variant.name, model: Study.model(of: variant), point: variant.point,
          folders: runs.map(\.folder), score: Study.score(summaries.map { (variant, $0) }),
          validationAUC: spread { $0.validation?.auc },
          validationLogLoss: spread { $0.validation?.logLoss }, testAUC: spread { $0.test?.auc },
          testLogLoss: spread { $0.test?.logLoss }, parameters: summaries[0].parameters,
          epochs: spread { Double($0.epochs) },
          secondsPerEpoch: spread { $0.trainingSeconds / Double(max($0.epochs, 1)) }))
    }
    let order = rows.indices.sorted { first, second in
      let (mine, other) = (rows[first].score ?? -.infinity, rows[second].score ?? -.infinity)
      return mine != other ? mine > other : first < second
    }
    self.rows = order.map { rows[$0] }
  }

  /// The names of the models, in the order they were asked for.
  var models: [String] {
    var seen: Set<String> = []
    return record.variants.map(Study.model).filter { seen.insert($0).inserted }
  }
}
