/// Which of the epochs so far is the best, and whether there is progress.
package struct Standing: Sendable, Hashable, Codable {
  /// Gains of a single number up to this one are noise.
  package static let minimalGain = 1e-6

  /// What an epoch is among those so far.
  package struct Verdict: Sendable, Hashable {
    /// Whether it is the best.
    package let isBest: Bool
    /// Whether it goes on getting better.
    package let isProgress: Bool
  }

  /// What decides.
  package private(set) var monitor: Monitor
  private let noise: ValidationNoise
  /// The monitored number of the best epoch; nil before the first.
  package private(set) var best: Double?
  /// Its log loss.
  private var lossOfBest = Double.infinity
  /// The highest AUC so far.
  private var highest = -Double.infinity
  /// The AUC and the log loss that progress is measured from.
  private var (reachedAUC, reachedLoss) = (-Double.infinity, Double.infinity)

  init(_ monitor: Monitor, _ noise: ValidationNoise) {
    (self.monitor, self.noise) = (monitor, noise)
  }

  /// - Parameters:
  ///   - monitor: what decides.
  ///   - clicks: the validation rows with a click.
  ///   - rows: all of them.
  package init(_ monitor: Monitor, clicks: Int, rows: Int) {
    self.init(monitor, ValidationNoise(clicks: clicks, others: rows - clicks))
  }

  /// Takes the log loss for what decides, where the AUC is undefined.
  mutating func replaceMonitor() { monitor = .logLoss }

  /// Takes an epoch's metrics; those that are no numbers are neither the best nor progress.
  ///
  /// - Precondition: the monitored number is defined.
  package mutating func record(_ evaluation: Evaluation) -> Verdict {
    let value = monitor.value(of: evaluation) ?? .nan
    if monitor == .aucThenLogLoss { return record(auc: value, loss: evaluation.logLoss) }
    let improves = value > (best.map { $0 + Self.minimalGain } ?? -.infinity)
    if improves { best = value }
    return Verdict(isBest: improves, isProgress: improves)
  }

  /// The best epoch stays within a tie of the highest AUC, and has the least log loss of those that were.
  private mutating func record(auc: Double, loss: Double) -> Verdict {
    guard auc.isFinite, loss.isFinite else { return Verdict(isBest: false, isProgress: false) }
    let deviation = noise.deviation(ofAUC: auc)
    let tie = ValidationNoise.tie * deviation
    highest = max(highest, auc)
    let isBest =
      best.map { auc > $0 + tie || (auc >= highest - tie && loss < lossOfBest) } ?? true
    if isBest { (best, lossOfBest) = (auc, loss) }
    let gain = ValidationNoise.progress * deviation
    let lossGain = ValidationNoise.progress * noise.deviation(ofLogLoss: loss)
    let (ranksBetter, losesLess) = (auc > reachedAUC + gain, loss < reachedLoss - lossGain)
    if ranksBetter { reachedAUC = auc }
    if losesLess { reachedLoss = loss }
    return Verdict(isBest: isBest, isProgress: ranksBetter || losesLess)
  }
}
