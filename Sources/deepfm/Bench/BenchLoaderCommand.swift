import ArgumentParser
import DeepFMKit
import Reports
import Support

struct BenchLoaderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loader",
    abstract: "Measures the loader alone: shuffled batches that nobody trains on.",
    discussion: """
      Rows a second, and rows in a second of a core's time, which under taskset -c 0 are the same on a \
      machine that does nothing else.
      """)

  @OptionGroup var options: BenchOptions

  @Option(
    parsing: .upToNextOption, help: ArgumentHelp("The batch sizes to measure.", valueName: "rows"))
  var batches = [256, 2_000, 4_096, 10_000, 65_536]

  @Option(help: "The loader's threads.")
  var threads = 1

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("--threads \(threads): expected at least 1") }
    guard !options.json && !options.paced else {
      throw ValidationError("the loader's benchmark prints a table only")
    }
  }

  func run() throws {
    let console = Console()
    let rows = try options.dataset(console)
    print(
      "\(rows.rows) rows of \(rows.layout.slots) ids; cores: \(ProcessStatus.cores)")
    var table = TextTable("batch", "rows/s", "a core")
    for batch in batches {
      console.progress("batch \(batch) …")
      let rounds = (0...options.rounds).map { _ in round(rows, batch: batch) }.dropFirst()
      let cells = [\Round.perSecond, \.perCoreSecond].map { kind in
        rate(rounds.map { $0[keyPath: kind] }.sorted()[rounds.count / 2])
      }
      table.add(["\(batch)"] + cells)
    }
    console.clear()
    print(table)
  }

  /// How fast rows came.
  private struct Round {
    var perSecond: Double
    var perCoreSecond: Double
  }

  /// Takes batches for some time, epoch after epoch.
  private func round(_ rows: Dataset, batch size: Int) -> Round {
    let (start, coreStart) = (ContinuousClock.now, ProcessStatus.coreSeconds)
    var (taken, epoch, elapsed) = (0, 0, 0.0)
    while elapsed < options.seconds {
      epoch += 1
      let loader = BatchLoader(
        rows, batchSize: size, order: .shuffled(seed: 1, epoch: epoch), threads: threads)
      while elapsed < options.seconds, let batch = loader.next() {
        taken += batch.rows
        elapsed = (ContinuousClock.now - start).seconds
      }
    }
    return Round(
      perSecond: Double(taken) / elapsed,
      perCoreSecond: Double(taken) / (ProcessStatus.coreSeconds - coreStart))
  }
}
