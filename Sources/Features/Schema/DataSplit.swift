import Support

/// How the rows of a log become training, validation and test rows.
///
/// The vocabulary is learned from the training rows alone. Which part a row goes to does not depend
/// on threads or on the size of anything read at a time.
public struct DataSplit: Sendable, Hashable {
  /// A part of a log.
  public enum Part: String, Sendable, Codable, CaseIterable {
    /// The rows to learn from.
    case train
    /// The rows that decide which epoch is the best.
    case valid
    /// The rows that judge the model at the very end.
    case test
  }

  /// What decides the part of a row.
  public enum Rule: String, Sendable, Codable, CaseIterable {
    /// Chance, row by row.
    case random
    /// Chance, with the same rate of clicks in every part, to within a row.
    case label
    /// Chance, group by group: rows of one group stay together (the schema's `group`).
    case group
    /// The schema's `time`: training rows come before validation rows, these before test rows.
    case time
  }

  /// How many rows a part gets.
  public enum Size: Sendable, Hashable {
    /// A share of all rows, from 0 to 1.
    case share(Double)
    /// So many rows.
    case count(Int)
    /// What the others leave.
    case rest
  }

  /// What decides.
  public var rule: Rule
  /// The sizes of the training, validation and test part, for all rules but time.
  public var sizes: [Size]
  /// The seed of chance.
  public var seed: UInt64
  /// The moments of the rule time.
  public var until: Moments?
  /// The time from which and before which rows count, in seconds since 1970 UTC; others are left out. Nil for all.
  /// Not for exact sizes, which are shares of all rows.
  package var within: Range<Int64>?

  /// Where parts end in time, in seconds since 1970 UTC. Later rows are left out.
  public struct Moments: Sendable, Hashable {
    /// Training rows are those before.
    public var train: Int64
    /// Validation rows are those from there to before this; none where it is nil.
    public var valid: Int64?
    /// Test rows are those from there to before this; all that are left where it is nil.
    public var test: Int64?
  }

  /// A split by chance.
  ///
  /// - Parameters:
  ///   - rule: random, label or group.
  ///   - sizes: for the three parts, the training part first; those that are missing get no rows.
  ///   - seed: other seeds, other parts.
  /// - Throws: `UserError` for sizes that cannot be had.
  public init(_ rule: Rule, sizes: [Size], seed: UInt64 = 1) throws {
    self.rule = rule
    self.sizes = sizes + [Size](repeating: .share(0), count: max(3 - sizes.count, 0))
    self.seed = seed
    try check()
  }

  /// A split by time; see ``until``.
  public init(trainUntil: Int64, validUntil: Int64? = nil, testUntil: Int64? = nil) throws {
    rule = .time
    sizes = []
    seed = 0
    until = Moments(train: trainUntil, valid: validUntil, test: testUntil)
    try check()
  }

  /// The sizes where none are given.
  package static let usualSizes: [Size] = [.share(0.8), .share(0.1), .share(0.1)]

  /// The seconds of a moment, written as such, as ISO 8601 or as `20141029`; nil for anything else.
  package static func moment(_ text: String) -> Int64? {
    var text = text
    return text.withUTF8 { bytes in
      // Eight digits are a day: as seconds they would be one of the early seventies.
      let formats: [TimeFormat] = bytes.count == 8 ? [.yyyymmdd, .iso] : [.iso]
      return formats.lazy.compactMap { $0.seconds(UnsafeRawBufferPointer(bytes)) }.first
    } ?? Int64(text)
  }

  /// Refuses a schema without the column that the rule goes by.
  package func check(_ schema: Schema) throws {
    let (column, isThere) =
      switch rule {
      case .time: ("time", schema.time != nil)
      case .group: ("group", schema.group != nil)
      case .random, .label: ("", true)
      }
    guard isThere, within == nil || schema.time != nil else {
      let column = isThere ? "time" : column
      throw UserError(
        "schema", found: "no \(column)", expected: "the column to split by",
        remedy: "add \(column): and a column's name")
    }
  }

  /// Whether parts have an exact number of rows, for which the rows must be counted first.
  package var isExact: Bool {
    rule == .label || sizes.contains { if case .count = $0 { true } else { false } }
  }

  /// Whether it may have test rows.
  package var hasTestRows: Bool {
    rule == .time || (sizes[2] != .share(0) && sizes[2] != .count(0))
  }

  private func check() throws {
    func refuse(_ found: String, _ expected: String, _ remedy: String) -> UserError {
      UserError("split", found: found, expected: expected, remedy: remedy)
    }
    if rule == .time {
      let ends = [until?.train, until?.valid, until?.test].compactMap(\.self)
      guard !ends.isEmpty, zip(ends, ends.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw refuse(
          "moments that do not rise", "the end of the training rows, then of the others",
          "give train-until, valid-until and test-until in this order")
      }
      return
    }
    let text = sizes.map(\.description).joined(separator: ",")
    guard sizes.count == 3, sizes[0] != .share(0), sizes[0] != .count(0) else {
      throw refuse("sizes \(text)", "up to three, the training rows first", "write 0.8,0.1,0.1")
    }
    var (shares, rests, counts) = (0.0, 0, false)
    for size in sizes {
      switch size {
      case .share(let share): shares += share
      case .count(let count): counts = counts || count > 0
      case .rest: rests += 1
      }
    }
    let isWhole = rests == 1 ? shares <= 1 : rests == 0 && !counts && abs(shares - 1) < 1e-9
    guard isWhole else {
      throw refuse(
        "sizes \(text)", "shares that add up to 1, or one part with the rest",
        "write 0.8,0.1,0.1 or rest,10000,10000")
    }
    guard rule != .group || !isExact else {
      throw refuse(
        "sizes \(text) for groups", "shares: a group stays together, however large",
        "write them as shares, for instance 0.8,0.1,0.1")
    }
  }
}

extension DataSplit.Size: CustomStringConvertible {
  /// Reads `0.8`, `80%`, `10000` or `rest`; nil for anything else.
  public init?(_ text: String) {
    if text == "rest" {
      self = .rest
    } else if let count = Int(text), count >= 0 {
      // 1 as a whole is the share, 0 is no rows either way.
      self = count <= 1 ? .share(Double(count)) : .count(count)
    } else if text.hasSuffix("%"), let percent = Double(text.dropLast()) {
      self = .share(percent / 100)
      guard (0...100).contains(percent) else { return nil }
    } else if let share = Double(text), (0...1).contains(share) {
      self = .share(share)
    } else {
      return nil
    }
  }

  /// As it is written.
  public var description: String {
    switch self {
    case .share(let share): "\(share)"
    case .count(let count): "\(count)"
    case .rest: "rest"
    }
  }
}

extension DataSplit: CustomStringConvertible {
  /// As it is asked for.
  public var description: String {
    if let until {
      let ends = [until.train, until.valid, until.test].compactMap(\.self)
      return "time until \(ends.map(String.init).joined(separator: ", "))"
    }
    return "\(rule.rawValue) \(sizes.map(\.description).joined(separator: ",")) with seed \(seed)"
  }
}
