import ArgumentParser
import DeepFMKit
import Experiment

/// The days of `deepfm days`, and what is done on each.
struct DaysOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The log: one or more files or patterns; where rows have no time, each file is a day.",
      valueName: "file"), completion: .file())
  var train: [String]

  @OptionGroup var schema: SchemaOptions

  @Option(
    help: ArgumentHelp(
      "The column that says when a row was, where the schema does not.", valueName: "column"))
  var time: String?

  @Option(
    help: ArgumentHelp("How long a day is: 1d, 7d or 12h (1d).", valueName: "length"))
  var period: Period?

  @Flag(help: "Each file is a day, whatever time its rows have.")
  var byFile = false

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Which ways to compare: " + DayStrategy.allCases.map(\.rawValue).joined(separator: ", ")
        + " (all).", valueName: "way"))
  var ways: [DayStrategy] = DayStrategy.allCases

  @Option(
    help: ArgumentHelp(
      "How many days the first model is trained on (a third of them).", valueName: "days"))
  var firstDays: Int?

  @Option(
    help: ArgumentHelp(
      "How many days window trains on (as many as the first model).", valueName: "days"))
  var windowDays: Int?

  @Option(help: "The most epochs of a training that goes on.")
  var updateEpochs = 1

  @Option(
    help: ArgumentHelp(
      "Its learning rate, where it is another than that from scratch.", valueName: "rate"))
  var updateLearningRate: Float?

  @Option(
    help: ArgumentHelp(
      "How many days it is over: the new one and those before, which it would forget.",
      valueName: "days"))
  var updateDays = 1

  @Option(
    help: ArgumentHelp(
      "What the rows of new ids start from: initial or unknown.", valueName: "start"))
  var newIdsStart = NewRowStart.initial

  @Option(
    help: ArgumentHelp(
      "Ids that were not seen for so many days lose their rows.", valueName: "days"))
  var expireAfter: Int?

  /// A length of time.
  struct Period: ExpressibleByArgument {
    let seconds: Int64

    init?(argument: String) {
      let units: [Character: Int64] = ["d": 86_400, "h": 3600]
      guard let unit = argument.last.flatMap({ units[$0] }), let count = Int64(argument.dropLast()),
        1...100_000 ~= count
      else { return nil }
      seconds = count * unit
    }
  }

  func validate() throws {
    guard !train.isEmpty else { throw ValidationError("name the log with --train") }
    guard !byFile || (period == nil && time == nil) else {
      throw ValidationError("--by-file goes by files: leave out --time and --period")
    }
    let counts = [
      ("--first-days", firstDays), ("--window-days", windowDays), ("--update-epochs", updateEpochs),
      ("--update-days", updateDays), ("--expire-after", expireAfter),
    ]
    for (name, count) in counts where count ?? 1 < 1 {
      throw ValidationError("\(name) must be at least 1")
    }
    guard updateLearningRate ?? 1 > 0 else {
      throw ValidationError("--update-learning-rate must be above 0")
    }
    guard !ways.isEmpty, Set(ways).count == ways.count else {
      throw ValidationError("--ways wants each way once")
    }
  }

  /// The days of the logs.
  ///
  /// - Parameter out: the folder of the results.
  func logs(_ rejection: RejectionOptions, out: String, _ console: Console) throws -> DayLogs {
    let sources = try LogSource.named(train)
    let policy = try rejection.policy(reading: sources, results: [out], files: [schema.schema])
    // Further days are not known when the first one begins.
    var schema = try schema.read(for: Array(sources.prefix(1)), console)
    if let time { schema.time = Schema.Time(column: time) }
    let isTimed = !byFile && schema.time != nil
    guard isTimed || sources.count > 1 else {
      throw UserError(
        train.joined(separator: ", "), found: "one file, and no time of its rows", expected: "days",
        remedy: "name the column of time with --time, or give each day as a file of its own")
    }
    let days = try DayLogs(
      sources, schema: schema, by: isTimed ? .time(seconds: period?.seconds ?? 86_400) : .files,
      policy)
    guard days.days.count >= 3 else {
      throw UserError(
        train.joined(separator: ", "), found: "\(days.days.count) days",
        expected: "at least three: "
          + "one to begin with, one to go on with, one to judge by",
        remedy: "give more rows, or make days shorter with --period")
    }
    return days
  }

  /// What is done with so many days.
  func plan(days: Int) throws -> (first: Int, window: Int, admission: Admission) {
    let first = firstDays ?? max(days / 3, 1)
    guard first <= days - 2 else {
      throw ValidationError(
        "--first-days \(first) of \(days) days leaves none to go on with and judge by")
    }
    return (first, windowDays ?? first, Admission(expireAfter: expireAfter))
  }
}

extension DayStrategy: ExpressibleByArgument {}
