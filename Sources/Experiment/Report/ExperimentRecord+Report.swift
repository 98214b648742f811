import Reports

extension ExperimentRecord {
  /// What a reader must know of runs that are not there.
  var gaps: [Report.Text] {
    var points: [Report.Text] = []
    if missing > 0 {
      points.append(
        "\(strong: "Not finished"): \(Words.count(missing, "run")) still to be made; "
          + "the same command goes on where it stopped.")
    }
    return points
      + failures.map {
        "\(code: $0.variant), seed \($0.seed), came to nothing: \($0.reason)"
      }
  }
}
