/// How a model is kept up to date from day to day.
package enum DayStrategy: String, Sendable, Codable, Hashable, CaseIterable {
  /// From scratch on all days so far.
  case full
  /// From scratch on the last days.
  case window
  /// Goes on from the day before, with the ids of the first days; new ones are out of vocabulary.
  case warm
  /// Goes on from the day before, new ids getting rows of their own.
  case warmNewIDs = "warm-new-ids"
  /// Never: the first days' model.
  case once

  /// Whether a day's model is made of that of the day before.
  var goesOn: Bool { self == .warm || self == .warmNewIDs }

  /// In a few words.
  package var title: String {
    switch self {
    case .full: "from scratch on all days so far"
    case .window: "from scratch on the last days"
    case .warm: "warm start, the first days' ids"
    case .warmNewIDs: "warm start with new ids"
    case .once: "the first days' model, never trained again"
    }
  }
}
