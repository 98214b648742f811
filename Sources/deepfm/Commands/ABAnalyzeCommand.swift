import ABTesting
import ArgumentParser
import DeepFMKit
import Reports
import Support

struct ABAnalyzeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Says what the log of a test shows, and what may not be said of it.",
    discussion: """
      The log has a row an impression, with the unit it was shown to and its arm; a YAML file says what is \
      tested:

        unit: user                    # without it each row is a unit
        arm: variant                  # rows without an arm are not in the test
        arms: {A: 0.5, B: 0.5}        # the shares that were meant
        time: time                    # for lifts by day and daily looks
        metrics:
          ctr: {ratio: click}                    # clicks per row
          cvr: {ratio: order, per: click}
          revenue: {mean: spend, winsorize: 0.99}
          buyers: {proportion: order}
        segments: [country]
        correction: holm              # over metrics and arms: holm, bh or none
        looks: once                   # or daily: sequences decide
        planned: 40000                # units; fewer are an early look
        effect: 0.02                  # the relative lift that would matter

        deepfm ab analyze log.csv --test test.yaml --html report.html
      """)

  @Argument(
    help: ArgumentHelp(
      "The log: one or more files, patterns, or - for standard input.", valueName: "file"),
    completion: .file())
  var logs: [String]

  @Option(
    help: ArgumentHelp("The YAML file that says what is tested.", valueName: "file"),
    completion: .file())
  var test: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Logs from before the test with the same units: what they were takes noise out (CUPED).",
      valueName: "file"), completion: .file())
  var before: [String] = []

  @Option(
    help: ArgumentHelp(
      "Deal the units to two arms anew so many times, and count false alarms.", valueName: "times"))
  var aa = 0

  @Option(
    help: ArgumentHelp(
      "The most memory for sums of units, as 256M; beyond it they go to disk for a while.",
      valueName: "size"))
  var memory = "256M"

  @OptionGroup var rejection: RejectionOptions

  @Option(
    help: ArgumentHelp("Write a page for the browser, too.", valueName: "file"), completion: .file()
  )
  var html: String?

  @Flag(help: "Print JSON in place of tables.")
  var json = false

  func validate() throws {
    guard aa == 0 || aa >= 20 else { throw ValidationError("--aa is at least 20") }
  }

  func run() throws {
    if let html { try checkWritableFile(html) }
    guard let size = VocabularyOptions.size(memory), size >= 1 << 20 else {
      throw ValidationError("--memory is a size from 1M, as 256M or 4G, and not \(memory)")
    }
    let (sources, earlier) = (try LogSource.named(logs), try LogSource.named(before))
    let policy = try rejection.policy(reading: sources + earlier, results: [html], files: [test])
    let definition = try ABTest(contentsOf: test)
    let (console, rejected) = (Console(), try RejectedRows(policy))
    var options = ABAnalysis.Options()
    (options.memory, options.repetitions) = (size, aa)
    let analysis = try ABAnalysis(
      definition, of: sources, before: earlier, options: options, rejecting: rejected)
    try finish(rejected, console)
    if let html {
      try AtomicFile.write(analysis.report(of: name).html, to: html)
    }
    if json {
      print(try JSONText.results(analysis), terminator: "")
    } else {
      show(analysis)
    }
    if let html { console.say("wrote \(html)") }
  }

  /// What was analyzed, in a line.
  private var name: String {
    logs.count < 3
      ? logs.joined(separator: ", ") : "\(logs[0]) and \(logs.count - 1) more logs"
  }

  private func show(_ analysis: ABAnalysis) {
    print(analysis.armTable)
    print()
    // A broken split gets no numbers to look at: they would be believed.
    if !analysis.isBroken {
      print(analysis.metricTable)
      print()
    }
    if let aa = analysis.aa {
      print(aa.table)
      print()
    }
    for text in analysis.conclusions + analysis.cautions { print("- \(text.plain)") }
  }
}
