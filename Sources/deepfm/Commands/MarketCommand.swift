import ArgumentParser
import DeepFMKit
import Market
import Reports
import Support

struct MarketCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "market",
    abstract: "Tries models on users that are made up, and whose truth is known.",
    discussion: """
      A market has users, items (new ones each day), requests with candidates, and clicks and orders by a truth \
      of which models see nothing but the log. Day 0 is shown by popularity; then a model is in production, in an \
      A/A test and after it in a test against another one; both are served over HTTP and trained anew each day on \
      what was shown. Each report has the true lift beside the measured one.

        deepfm market run --out runs/market
        deepfm market sweep --out runs/sweep           # over the strength of pairs, and each pitfall
        deepfm market coverage --markets 500           # do the intervals hold the truth?

      docs/online.md tells more.
      """,
    subcommands: [MarketRunCommand.self, MarketSweepCommand.self, MarketCoverageCommand.self])
}

struct MarketRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Day 0 by popularity, an A/A test, then a test of two models, served and retrained.",
    discussion: "The same command goes on where it was stopped, with the same bytes in the end.")

  @OptionGroup var options: MarketOptions
  @OptionGroup var place: MarketPlaceOptions
  @OptionGroup var device: DeviceOptions

  @Flag(help: "Print JSON in place of tables.")
  var json = false

  func run() throws {
    let (device, console) = (device, Console())
    let experiment = try MarketExperiment(options.settings, options.design()) {
      try device.backend()
    }
    let result = try experiment.run(in: place.out, isServed: !place.offline) { day in
      console.say(
        "day \(day.day), \(day.phase.rawValue): \(day.impressions) impressions, \(day.clicks) clicks, "
          + "\(day.orders) orders")
    }
    try place.write(result.report, JSONText.results(result))
    guard !json else { return print(try JSONText.results(result), terminator: "") }
    print(result.policyTable)
    print()
    print(result.liftTable)
    console.say("wrote \(place.out)/report.html")
  }
}

/// Where an experiment goes, and how models are asked.
struct MarketPlaceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The folder of logs, models and the report.", valueName: "folder"),
    completion: .directory)
  var out: String

  @Flag(help: "Ask the models in this process, and not over HTTP: the same bytes, sooner.")
  var offline = false

  func write(_ report: Report, _ json: String) throws {
    try AtomicFile.write(json, to: "\(out)/results.json")
    try AtomicFile.write(report.markdown, to: "\(out)/report.md")
    try AtomicFile.write(report.html, to: "\(out)/report.html")
  }
}

struct MarketSweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "The experiment over the strength of pair effects, with and without LR's crosses.",
    discussion: "The same command goes on where it was stopped, with the same bytes in the end.")

  @OptionGroup var options: MarketOptions
  @OptionGroup var place: MarketPlaceOptions
  @OptionGroup var device: DeviceOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("The strengths of pair effects.", valueName: "number"))
  var strengths = MarketSweep.Plan().strengths

  @Flag(help: "Leave the pitfalls out.")
  var withoutPitfalls = false

  func run() throws {
    let (device, console) = (device, Console())
    var plan = MarketSweep.Plan()
    (plan.settings, plan.design) = (options.settings, try options.design())
    if options.crosses > 0 { plan.crosses = options.crosses }
    (plan.strengths, plan.hasPitfalls) = (strengths.sorted(), !withoutPitfalls)
    let sweep = try MarketSweep(
      plan, in: place.out, isServed: !place.offline, makeBackend: { try device.backend() }
    ) { console.say("market: \($0)") }
    try place.write(sweep.report, JSONText.results(sweep))
    print(sweep.liftTable)
    print()
    print(sweep.offlineTable)
    console.say("wrote \(place.out)/report.html")
  }
}

struct MarketCoverageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "coverage",
    abstract: "Counts how many intervals hold the true lift, over many small markets.")

  @Option(help: ArgumentHelp("How many markets.", valueName: "number"))
  var markets = 500

  @Option(help: ArgumentHelp("The seed of the first.", valueName: "number"))
  var seed: UInt64 = 1

  @OptionGroup var device: DeviceOptions

  @Flag(help: "Print JSON in place of a table.")
  var json = false

  func validate() throws {
    guard markets > 0 else { throw ValidationError("--markets is 1 or more") }
  }

  func run() throws {
    let console = Console()
    let coverage = try MarketCoverage(
      markets: markets, first: seed, backend: try device.backend()
    ) { if $0 % 50 == 0 { console.say("\($0) markets") } }
    guard !json else { return print(try JSONText.results(coverage), terminator: "") }
    print(coverage.table)
  }
}
