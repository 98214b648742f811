import ArgumentParser
import DeepFMKit

/// How the rows of a log become training, validation and test rows.
struct SplitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the logs' rows are divided: random, label (equal click rates), group or time; none for not "
        + "at all, whatever the schema says.",
      valueName: "rule"))
  var split: Rule?

  @Option(
    help: ArgumentHelp(
      "Training, validation and test rows, as shares or counts: 0.8,0.1,0.1 or rest,10000,10000.",
      valueName: "sizes"))
  var sizes: String?

  @Option(help: "The seed of a split by chance (1).")
  var splitSeed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Split by time: rows before this moment are training rows.", valueName: "moment"))
  var trainUntil: Moment?

  @Option(
    help: ArgumentHelp(
      "Rows from there to before this moment are validation rows.", valueName: "moment"))
  var validUntil: Moment?

  @Option(
    help: ArgumentHelp(
      "Rows from there to before this moment are test rows; later ones are left out.",
      valueName: "moment"))
  var testUntil: Moment?

  /// A moment, UTC.
  struct Moment: ExpressibleByArgument {
    let seconds: Int64

    init?(argument: String) {
      guard let seconds = DataSplit.moment(argument) else { return nil }
      self.seconds = seconds
    }
  }

  /// The words of `--split`.
  enum Rule: String, ExpressibleByArgument, CaseIterable {
    case none, random, label, group, time

    /// The rule of a split; nil for none.
    var rule: DataSplit.Rule? { DataSplit.Rule(rawValue: rawValue) }
  }

  /// Whether any of them was given.
  var isGiven: Bool { split != nil || sizes != nil || splitSeed != nil || hasMoments }

  private var hasMoments: Bool { trainUntil != nil || validUntil != nil || testUntil != nil }

  /// The split in force: what the flags say, over what the schema says. Tells which of both it is.
  ///
  /// - Parameters:
  ///   - schema: the schema's split, nil for none.
  ///   - others: flags that were given and leave no room for the schema's split.
  func resolved(
    over schema: DataSplit?, unless others: [String] = [], _ console: Console
  ) throws -> DataSplit? {
    guard let schema else { return try resolved(over: nil) }
    guard isGiven || others.isEmpty else {
      console.say(
        "note: the schema's split (\(schema)) is not used: \(others.joined(separator: " and ")) "
          + (others.count == 1 ? "says" : "say") + " where the rows come from")
      return nil
    }
    let result = try resolved(over: schema)
    let text = result.map { "\($0)" } ?? "none"
    console.say(
      result == schema
        ? "note: split \(text), as the schema says"
        : "note: split \(text), by flags; the schema says \(schema)")
    return result
  }

  /// The split that was asked for: by --split alone, or by other flags as a change to another one.
  private func resolved(over base: DataSplit?) throws -> DataSplit? {
    guard isGiven else { return base }
    let base = split == nil ? base : nil
    guard split != Rule.none || (sizes == nil && splitSeed == nil && !hasMoments) else {
      throw ValidationError("--split none has no sizes, seed or moments")
    }
    if split == Rule.none { return nil }
    guard let rule = split?.rule ?? base?.rule else {
      throw ValidationError("say how to divide the rows: --split random, label, group or time")
    }
    guard rule == .time else { return try byChance(rule, over: base) }
    guard let train = trainUntil?.seconds ?? base?.until?.train, sizes == nil, splitSeed == nil
    else {
      throw ValidationError(
        "--split time takes --train-until, --valid-until and --test-until, no sizes or seed")
    }
    return try DataSplit(
      trainUntil: train, validUntil: validUntil?.seconds ?? base?.until?.valid,
      testUntil: testUntil?.seconds ?? base?.until?.test)
  }

  private func byChance(_ rule: DataSplit.Rule, over base: DataSplit?) throws -> DataSplit {
    guard !hasMoments else { throw ValidationError("moments are for --split time") }
    let seed = splitSeed ?? base?.seed ?? 1
    guard let texts = sizes?.split(separator: ",").map(String.init) else {
      return try DataSplit(rule, sizes: base?.sizes ?? DataSplit.usualSizes, seed: seed)
    }
    return try DataSplit(
      rule,
      sizes: texts.map { text in
        guard let size = DataSplit.Size(text) else {
          throw ValidationError("'\(text)' is no size; write 0.8, 80%, 10000 or rest")
        }
        return size
      }, seed: seed)
  }
}
