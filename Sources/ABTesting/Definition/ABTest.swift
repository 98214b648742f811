import Features

/// What is tested and how it is judged, as a YAML file says it:
///
/// ```yaml
/// unit: user                    # the column of what was assigned at random; without it each row is
/// arm: variant                  # the column of its arm; rows without one are not in the test
/// arms: {A: 0.5, B: 0.5}        # the shares that were meant; without them equal ones
/// control: A                    # else the first arm
/// time: time                    # for lifts by day and daily looks
/// metrics:
///   ctr: {ratio: click}                    # clicks per row
///   cvr: {ratio: order, per: click}        # orders per click
///   revenue: {mean: spend, winsorize: 0.99, covariate: spend_before}
///   buyers: {proportion: order}
///   bounces: {ratio: bounce, better: lower}
/// segments: [country, device]
/// alpha: 0.05
/// correction: holm              # over metrics and arms: holm, bh or none
/// looks: once                   # or daily: the sequences decide, not the interval of a single look
/// planned: 40000                # units; fewer are an early look
/// effect: 0.02                  # the relative lift that would matter
/// ```
public struct ABTest: Sendable, Hashable, Codable {
  /// How p-values of several metrics and arms are raised.
  public enum Correction: String, Sendable, Hashable, Codable, CaseIterable {
    case holm
    case benjaminiHochberg = "bh"
    case none
  }

  /// How often somebody looks at the results and might stop.
  public enum Looks: String, Sendable, Hashable, Codable, CaseIterable {
    case once
    case daily
  }

  /// An arm, and the share of units that it should get.
  public struct Arm: Sendable, Hashable, Codable {
    public var name: String
    public var weight: Double

    public init(_ name: String, _ weight: Double) { (self.name, self.weight) = (name, weight) }
  }

  /// nil where each row is a unit.
  public var unit: String?
  public var arm: String
  /// Empty for those of the log, in equal shares.
  public var arms: [Arm] = []
  public var control: String?
  public var time: Schema.Time?
  public var metrics: [Metric]
  /// The columns by whose values results are broken down.
  public var segments: [String] = []
  public var alpha = 0.05
  public var correction = Correction.holm
  public var looks = Looks.once
  /// The number of units at which the sequences are tightest.
  public var tuning = 5000
  /// How many units were planned; nil where nobody said.
  public var planned: Int?
  /// The relative lift that would matter; nil where nobody said.
  public var effect: Double?

  public init(unit: String?, arm: String, metrics: [Metric]) {
    (self.unit, self.arm, self.metrics) = (unit, arm, metrics)
  }

  /// The columns that are added up for each unit; beside them its rows are counted.
  var measures: [String] {
    var columns: [String] = []
    for column in metrics.flatMap({ [$0.column, $0.denominator, $0.covariate].compactMap(\.self) })
    where !columns.contains(column) {
      columns.append(column)
    }
    return columns
  }
}
