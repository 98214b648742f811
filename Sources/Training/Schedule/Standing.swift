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
  /// By how much it predicts worse than the click rate alone: its normalized entropy beyond 1.
  private var excessOfBest = Double.infinity
  /// The highest AUC of the epochs that came into question.
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
    if monitor == .aucThenLogLoss {
      return record(
        auc: value, loss: evaluation.logLoss,
        excess: max(0, (evaluation.normalizedEntropy ?? 1) - 1))
    }
    let improves = value > (best.map { $0 + Self.minimalGain } ?? -.infinity)
    if improves { best = value }
    return Verdict(isBest: improves, isProgress: improves)
  }

  /// The best epoch stays within a tie of the highest AUC, and has the least log loss of those that were.
  ///
  /// An epoch that predicts worse than the click rate alone has not yet learned how rare clicks are, or no longer knows:
  /// whatever its AUC, one that is nearer to that comes before it. With few clicks the first epoch's AUC may be the highest
  /// by chance.
  private mutating func record(auc: Double, loss: Double, excess: Double) -> Verdict {
    guard auc.isFinite, loss.isFinite else { return Verdict(isBest: false, isProgress: false) }
    let deviation = noise.deviation(ofAUC: auc)
    let tie = ValidationNoise.tie * deviation
    let excessTie = ValidationNoise.tie * noise.deviation(ofLogLoss: 1)
    var isBest = excess < excessOfBest - excessTie
    if isBest {
      highest = auc
    } else if excess <= excessOfBest + excessTie {
      highest = max(highest, auc)
      isBest = auc > (best ?? 0) + tie || (auc >= highest - tie && loss < lossOfBest)
    }
    if isBest { (best, lossOfBest, excessOfBest) = (auc, loss, excess) }
    let gain = ValidationNoise.progress * deviation
    let lossGain = ValidationNoise.progress * noise.deviation(ofLogLoss: loss)
    let (ranksBetter, losesLess) = (auc > reachedAUC + gain, loss < reachedLoss - lossGain)
    if ranksBetter { reachedAUC = auc }
    if losesLess { reachedLoss = loss }
    return Verdict(isBest: isBest, isProgress: ranksBetter || losesLess)
  }
}
