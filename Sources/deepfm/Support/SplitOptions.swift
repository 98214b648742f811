import ArgumentParser
import DeepFMKit

/// How the rows of a log become training, validation and test rows.
struct SplitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the logs' rows are divided: random, label (equal click rates), group or time.",
      valueName: "rule"))
  var split: DataSplit.Rule?

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

  /// The split that was asked for; nil for none.
  func resolved() throws -> DataSplit? {
    let hasMoments = trainUntil != nil || validUntil != nil || testUntil != nil
    guard let split else {
      guard sizes == nil && splitSeed == nil && !hasMoments else {
        throw ValidationError("say how to divide the rows: --split random, label, group or time")
      }
      return nil
    }
    if split == .time {
      guard let trainUntil, sizes == nil, splitSeed == nil else {
        throw ValidationError(
          "--split time takes --train-until, --valid-until and --test-until, no sizes or seed")
      }
      return try DataSplit(
        trainUntil: trainUntil.seconds, validUntil: validUntil?.seconds,
        testUntil: testUntil?.seconds)
    }
    guard !hasMoments else { throw ValidationError("moments are for --split time") }
    let texts = (sizes ?? "0.8,0.1,0.1").split(separator: ",").map(String.init)
    let parsed = texts.map { DataSplit.Size($0) }
    guard let bad = parsed.firstIndex(where: { $0 == nil }) else {
      return try DataSplit(split, sizes: parsed.compactMap(\.self), seed: splitSeed ?? 1)
    }
    throw ValidationError("'\(texts[bad])' is no size; write 0.8, 80%, 10000 or rest")
  }
}

extension DataSplit.Rule: ExpressibleByArgument {}
