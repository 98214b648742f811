import Support

/// How an experiment goes in a market: which models, for how long, and what they learn from. Each pitfall is a
/// setting.
public struct MarketDesign: Sendable, Hashable, Codable {
  /// The rows that a model learns from while a test runs.
  public enum TrainingLog: String, Sendable, Hashable, Codable, CaseIterable {
    /// Those of its own arm, and all of before the test.
    case own
    /// Those of all arms: what the other model tried teaches this one as well.
    case shared
    /// Those in random order alone: no model chose them, and they are few.
    case uniform
  }

  /// What a model is told of places.
  public enum Place: String, Sendable, Hashable, Codable, CaseIterable {
    /// Where an item stood; asked for a score, the first place.
    case feature
    /// Nothing: an item that was shown on top looks better than it is.
    case none
  }

  /// How models learn each day.
  public enum Retraining: String, Sendable, Hashable, Codable, CaseIterable {
    /// From scratch, on the last days.
    case fresh
    /// From the model of the day before, on that day's log alone, with rows for new ids; the first time from scratch.
    case daily
  }

  /// The model in production, and the one that is tried.
  public var control = "lr"
  public var treatment = "deepfm-d"
  /// How many crosses of the strongest true pairs the control is given by hand.
  public var crosses = 0
  /// The days with the control in both arms, and those with the treatment in one.
  public var aaDays = 7
  public var abDays = 7
  /// The most days of log that a model learns from.
  public var window = 7
  public var trainingLog = TrainingLog.own
  public var place = Place.feature
  public var retraining = Retraining.fresh
  /// Whether the treatment is trained once, and not anew each day.
  public var isStale = false
  /// The most epochs, the width of embeddings and of hidden layers.
  public var epochs = 8
  public var embedding = 8
  public var hidden = [16]

  public init() {}

  /// The day after the last one.
  public var days: Int { 1 + aaDays + abDays }

  /// - Throws: `UserError` for a design that tests nothing.
  package func check() throws {
    func require(_ isRight: Bool, _ name: String, _ found: Any, _ expected: String) throws {
      guard !isRight else { return }
      throw UserError(name, found: "\(found)", expected: expected, remedy: "correct it")
    }
    try require((0...365).contains(aaDays), "A/A days", aaDays, "0 to 365")
    try require((1...365).contains(abDays), "A/B days", abDays, "1 to 365")
    try require(window > 0, "window", window, "1 or more")
    try require(epochs > 0, "epochs", epochs, "1 or more")
    try require((0...10).contains(crosses), "crosses", crosses, "0 to 10")
    try require(treatment != control, "treatment", treatment, "another model than the control")
  }

}

/// What is tried on a day.
public enum MarketPhase: String, Sendable, Hashable, Codable {
  /// Day 0, by popularity.
  case start
  /// The control in both arms.
  case aa = "A/A"
  /// The control against the treatment.
  case ab = "A/B"

  /// The names of its arms, as the log has them; the first day has none.
  var arms: [String] {
    switch self {
    case .start: [""]
    case .aa: ["A1", "A2"]
    case .ab: ["A", "B"]
    }
  }
}

extension MarketDesign {
  func phase(of day: Int) -> MarketPhase {
    day == 0 ? .start : day <= aaDays ? .aa : .ab
  }

  func days(of phase: MarketPhase) -> Range<Int> {
    switch phase {
    case .start: 0..<1
    case .aa: 1..<1 + aaDays
    case .ab: 1 + aaDays..<days
    }
  }
}
