import ArgumentParser
import DeepFMKit

struct BenchLoaderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "loader",
    abstract: "Measures the loader alone: shuffled batches that nobody trains on.",
    discussion: """
      Rows a second with and without grouping the ids of each batch for embedding gradients; training \
      needs it, prediction does not. For the rate of one core run it under taskset -c 0.
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
    print("\(rows.rows) rows of \(rows.layout.slots) ids; cores: \(ProcessStatus.cores)")
    var table = TextTable("batch", "rows/s, grouped", "slowest", "rows/s, not grouped", "slowest")
    for batch in batches {
      console.progress("batch \(batch) …")
      let rates = [true, false].flatMap { groupsIds in
        let rounds = (0...options.rounds).map { _ in round(rows, batch: batch, groupsIds: groupsIds)
        }
        let sorted = rounds.dropFirst().sorted()
        return [rate(sorted[sorted.count / 2]), rate(sorted[0])]
      }
      table.add(["\(batch)"] + rates)
    }
    console.clear()
    print(table)
  }

  /// Takes batches for some time, epoch after epoch; rows a second.
  private func round(_ rows: Dataset, batch size: Int, groupsIds: Bool) -> Double {
    let start = ContinuousClock.now
    var (taken, epoch, elapsed) = (0, 0, 0.0)
    while elapsed < options.seconds {
      epoch += 1
      let loader = BatchLoader(
        rows, batchSize: size, order: .shuffled(seed: 1, epoch: epoch), groupsIds: groupsIds,
        threads: threads)
      while elapsed < options.seconds, let batch = loader.next() {
        taken += batch.rows
        elapsed = (ContinuousClock.now - start).seconds
      }
    }
    return Double(taken) / elapsed
  }
}
