import Data
import Features
import Foundation
import Models
import Operators
import Random
import Training

/// How the time of a training step grows with one size at a time, beside the floor under it.
package struct ScalingBenchmark: Sendable {
  /// What is varied.
  package enum Size: String, Sendable, Codable, CaseIterable {
    case batch, fields, k, width
    case rows = "table rows"

    /// The values to measure; of the table's rows up to `largestTable`.
    package func values(largestTable: Int) -> [Int] {
      switch self {
      case .batch: [64, 256, 1024, 4096, 16_384]
      case .fields: [10, 20, 39, 80, 160]
      case .k: [4, 10, 16, 32, 64]
      case .width: [50, 100, 200, 400, 800]
      case .rows:
        [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000].filter { $0 <= largestTable }
      }
    }
  }

  /// One measured step.
  package struct Point: Sendable, Codable {
    /// What is varied.
    package let size: Size
    /// Its value.
    package let value: Int
    /// The samples of a step.
    package let batch: Int
    /// The median time of a step.
    package let seconds: Double
    /// The time of the fastest and of the slowest round's steps.
    package let fastest, slowest: Double
    /// The rates of independent multiply-adds, in 10⁹ operations a second, and of a long copy, in 10⁹
    /// bytes a second, right before.
    package let gigaflops, gigabytes: Double
    /// The least time of the dense layers' arithmetic: 6 operations a weight and sample, at that rate.
    package let arithmetic: Double
    /// The least time of the tables' traffic, at that of a long copy.
    package let traffic: Double
    /// The time a step waited for the preparation of its batch.
    package let waited: Double
    /// All buffers of the network, in bytes.
    package let memory: Int

    /// The floor under the step: arithmetic and traffic do not overlap on the same cores.
    package var floor: Double { arithmetic + traffic }
    /// The part of the step that the floor is.
    package var share: Double { floor / seconds }

    /// What takes most of the step.
    package var bound: String {
      if waited > 0.3 * seconds { return "preparation of batches" }
      if arithmetic >= 0.5 * seconds { return "arithmetic" }
      if traffic >= 0.3 * seconds { return "table traffic" }
      return seconds < 2e-3 ? "fixed cost of a step" : "work beside the floor"
    }
  }

  /// The samples of a step.
  package var batch = 4096
  /// The fields of a sample, a value each.
  package var fields = 39
  /// The length of an embedding vector.
  package var k = 10
  /// The width of each of three hidden layers.
  package var width = 400
  /// The rows of the tables, the same number for each field.
  package var rows = 1_000_000
  /// Measured rounds.
  package var rounds = 5
  /// The least length of a round.
  package var seconds = 0.3

  /// The usual sizes.
  package init() {}

  /// Measures one point.
  ///
  /// - Throws: as `Network`; `MemoryPlanError` where a table does not fit.
  package func measure(
    _ size: Size, _ value: Int, on backend: some Backend, ceiling: Roofline,
    configuration: TrainingConfiguration
  ) throws -> Point {
    var sizes = self
    sizes.set(size, value)
    var configuration = configuration
    configuration.batchSize = sizes.batch
    configuration.sizes.embeddingSize = sizes.k
    configuration.sizes.hidden = [sizes.width, sizes.width, sizes.width]
    let log = try sizes.log()
    let benchmark = try TrainingBenchmark(on: backend, log, configuration: configuration)
    _ = try benchmark.round(seconds: seconds / 2)
    let measured = try (0..<rounds).map { _ in try benchmark.round(seconds: seconds) }
    let times = measured.map { Double(sizes.batch) / $0.rate }.sorted()
    let steps = Double(measured.reduce(0) { $0 + $1.samples } / sizes.batch)
    return Point(
      size: size, value: value, batch: sizes.batch, seconds: times[times.count / 2],
      fastest: times[0], slowest: times[times.count - 1],
      gigaflops: ceiling.flops / 1e9, gigabytes: ceiling.bandwidth / 1e9,
      arithmetic: sizes.flops / ceiling.flops,
      traffic: sizes.bytes(of: log, configuration.recipe) / ceiling.bandwidth,
      waited: measured.reduce(0) { $0 + $1.waited } / steps, memory: benchmark.plan.total)
  }

  private mutating func set(_ size: Size, _ value: Int) {
    switch size {
    case .batch: batch = value
    case .fields: fields = value
    case .k: k = value
    case .width: width = value
    case .rows: rows = value
    }
  }

  /// The operations of a step's dense layers: 2 forward and 4 backward for each weight and sample.
  private var flops: Double {
    Double(6 * batch * (fields * k * width + 2 * width * width + width))
  }

  /// The bytes a step must move for its tables: each occurrence's row is read, its k factors written
  /// for the dense layers and their gradient read; each distinct id's row and its optimizer's state
  /// are read and written.
  private func bytes(of log: Dataset, _ recipe: Recipe) -> Double {
    let distinct = Set(log.batch(of: 0..<batch).ids).count
    let occurrences = batch * fields
    let states = recipe.embedding.optimizer.stateCount(rows: distinct, columns: k + 1)
    let entries = occurrences * (k + 1) + 2 * (distinct * (k + 1) + states)
    let entryBytes = recipe.tablePrecision == .bfloat16 ? 2 : 4
    return Double(entryBytes * entries + 4 * occurrences * 2 * k)
  }

  /// Rows of fields of one size; ids by Zipf's law with exponent 1, clicks at random.
  private func log() throws -> Dataset {
    let values = max(rows / fields, 1)
    let count = max(4 * batch, 20_000)
    var random = RandomStream(seed: 1, purpose: "scaling")
    var (ids, labels): ([Int32], [Float]) = ([], [])
    ids.reserveCapacity(count * fields)
    for _ in 0..<count {
      for field in 0..<fields {
        // The inverse of Zipf's distribution function, where that is taken for continuous.
        let rank = Int(pow(Double(values + 1), random.uniform())) - 1
        ids.append(Int32(field * values + min(rank, values - 1)))
      }
      labels.append(random.uniform() < 0.25 ? 1 : 0)
    }
    return try Dataset(
      layout: BatchLayout(
        features: values * fields, fields: fields, slotFields: Array(0..<fields), weighted: false),
      ids: ids, labels: labels)
  }
}
