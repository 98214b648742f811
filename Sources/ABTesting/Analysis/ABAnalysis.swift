/// What the logs of a test say.
public struct ABAnalysis: Sendable, Codable {
  /// An arm's size.
  public struct Arm: Sendable, Codable {
    public var name: String
    public var units: Int
    public var rows: Int
    /// The share of units that it should have.
    public var share: Double
  }

  /// The results of a metric.
  public struct MetricResult: Sendable, Codable {
    public var metric: Metric
    /// Of each arm, the control first, as they were measured; nil where there was nothing to divide by.
    public var arms: [ArmStatistic?]
    /// What sums of a mean were cut at.
    public var cap: Double?
    /// What was taken out of it by the rows of before.
    public var covariate: Covariate?
    /// Each further arm against the control.
    public var comparisons: [Comparison]
  }

  /// An arm against the control.
  public struct Comparison: Sendable, Codable {
    public var arm: String
    /// By a single look at the end, adjusted by the rows of before where there are any; nil where nothing
    /// can be said.
    public var contrast: Contrast?
    /// The same without the adjustment.
    public var unadjusted: Contrast?
    /// At all looks together.
    public var sequence: Sequence?
    /// The p-value that decides, of the one or the other, raised for the number of metrics and arms.
    public var p: Double?
    /// How many times larger the variance is than if rows were drawn one by one.
    public var designEffect: Double?
    /// What a test that takes rows for independent would claim: not to be used.
    public var rowP: Double?
    /// The relative lift that this many units show with a chance of 80 %.
    public var detectableLift: Double?
    public var days: [Day]
    public var segments: [Segment]
    public var verdict: Verdict
  }

  /// What holds at all looks together.
  public struct Sequence: Sendable, Codable {
    public var difference: Estimate
    public var lift: Estimate?
    /// The least of all days.
    public var p: Double
  }

  /// A day of the test.
  public struct Day: Sendable, Codable {
    /// As 2026-01-31.
    public var date: String
    /// The rows of this day alone.
    public var own: Contrast?
    /// All up to its end.
    public var total: Contrast?
    public var sequence: Sequence?
  }

  /// The rows of which a column has a value.
  public struct Segment: Sendable, Codable {
    public var column: String
    public var value: String
    public var contrast: Contrast?
    /// Raised for the number of segments of all metrics and arms together, by Holm's method.
    public var p: Double?
  }

  /// What may be said of a comparison.
  public enum Verdict: String, Sendable, Codable {
    /// Nothing: the split is broken.
    case broken
    /// Nothing yet: it was looked at before its planned end, by a test for one look.
    case early
    case better
    case worse
    /// No difference that would matter.
    case same
    /// A difference that would matter may hide in the noise.
    case unclear
    /// There is nothing to compare.
    case empty
  }

  /// How false alarms came out where there is nothing to find.
  public var aa: AACheck?

  public var test: ABTest
  public var rows: Int
  /// Rows without an arm.
  public var outside: Int
  public var units: Int
  /// Units with rows of several arms; they are left out.
  public var mixed: Int
  /// Units that have rows from before; nil without a log of before.
  public var known: Int?
  public var arms: [Arm]
  public var ratio: SampleRatio
  public var metrics: [MetricResult]

  /// A share of units in several arms from which nothing can be trusted.
  static let mostMixed = 0.01

  /// Whether something else than chance decided who is counted in which arm.
  public var isBroken: Bool {
    ratio.isAlarming || Double(mixed) > Self.mostMixed * Double(max(units + mixed, 1))
  }

  /// Whether a test for one look was looked at before its planned end.
  public var isEarly: Bool {
    test.looks == .once && test.planned.map { units < $0 } ?? false
  }
}
