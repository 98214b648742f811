import Foundation
import Logs
import Statistics
import Support

/// What a test of a metric could show, by a log of the metric from before any test: how many units come in so
/// many days, how they scatter, and the least lift that is likely to be seen.
public struct MetricPlan: Sendable, Codable {
  /// A test of the log's first days.
  public struct Length: Sendable, Codable {
    public var days: Int
    /// All units that have come by then, those of both arms.
    public var units: Int
    public var rows: Int
    /// How many times larger the variance is than if rows were drawn one by one; nil for a metric that is no
    /// share of rows.
    public var designEffect: Double?
    public var value: Double
    /// The relative lift that is likely to be seen; nil where there is nothing to divide by.
    public var detectableLift: Double?
  }

  public var metric: Metric
  public var lengths: [Length]
  /// The lift that is wanted.
  public var lift: Double
  /// The days that show it: within the log as it is, beyond it as if the detectable lift fell with the root of the
  /// days; nil where nothing can be said.
  public var daysNeeded: Double?
  /// Whether these are more than the log has.
  public var isBeyondLog: Bool

  /// Plans a test for each metric of a definition, in one pass and in memory that does not depend on the log's
  /// length.
  ///
  /// - Parameters:
  ///   - test: its arms are ignored but for their shares; two equal ones where it names none.
  ///   - coverage: the share of units that would take part.
  ///   - lift: the relative lift to be seen.
  /// - Throws: ``UserError`` as an analysis does.
  package static func plans(
    _ test: ABTest, of logs: [LogSource], lift: Double, coverage: Double = 1, power: Power,
    options: ABAnalysis.Options = ABAnalysis.Options(), rejecting rejected: RejectedRows
  ) throws -> [MetricPlan] {
    let log = try UnitLog(
      test, logs, hasArms: false, memoryLimit: options.memory,
      spillingTo: options.folder ?? TemporaryFolder.path, threads: options.threads,
      rejecting: rejected)
    var sums = AnalysisSums(log, test.metrics.map { MetricValues($0, measures: test.measures) })
    try log.table.forEachUnit { sums.add($0) }
    let weights = test.arms.isEmpty ? [1, 1] : test.arms.map(\.weight)
    let shares = weights.map { coverage * $0 / weights.reduce(0, +) }
    return test.metrics.indices.map {
      MetricPlan($0, test.metrics[$0], sums, shares: shares, lift: lift, power: power)
    }
  }

  private init(
    _ index: Int, _ metric: Metric, _ sums: AnalysisSums, shares: [Double], lift: Double,
    power: Power
  ) {
    (self.metric, self.lift) = (metric, lift)
    var total = JointMoments()
    var looks: [JointMoments] = sums.changes.keys.sorted().map { day in
      total.add(sums.changes[day]![index][0])
      return total
    }
    // A log without times is one long day.
    if looks.isEmpty { looks = [sums.whole[index][0]] }
    lengths = looks.enumerated().map { number, moments in
      let baseline = ArmStatistic(ratio: moments)
      let units = Double(moments.count)
      let detectable = baseline.flatMap { baseline in
        baseline.value == 0
          ? nil
          : power.detectableLift(
            control: units * shares[0], arm: units * (shares.dropFirst().min() ?? shares[0]),
            baseline: baseline)
      }
      return Length(
        days: number + 1, units: moments.count, rows: Int(moments.sum(1)),
        designEffect: metric.kind == .ratio
          ? baseline?.designEffect(rowsPerUnit: moments.mean(1)) : nil,
        value: baseline?.value ?? .nan, detectableLift: detectable)
    }
    let found = lengths.first { $0.detectableLift.map { $0 <= abs(lift) } ?? false }
    isBeyondLog = found == nil
    daysNeeded =
      found.map { Double($0.days) }
      ?? lengths.last.flatMap { last in
        last.detectableLift.map { Double(last.days) * ($0 / lift) * ($0 / lift) }
      }
  }
}
