import Foundation
import Random
import Testing

@testable import Datasets
@testable import Features
@testable import Logs
@testable import Synthetic

@Suite struct GeneratorTests {
  private func bytes(
    _ log: SyntheticLog, _ format: LogFormat, rows: Range<Int>, test: Range<Int> = 0..<0,
    _ compression: Compression = .none
  ) throws -> ([UInt8], BayesOptimum) {
    var bytes: [UInt8] = []
    let optimum = try LogGenerator(log, format: format, compression: compression)
      .write(rows: rows, test: test) { bytes += $0 }
    return (bytes, optimum)
  }

  static let drift = SyntheticLog.Drift(rows: 20_000, days: 4, newIDs: 0.2, change: 0.3)

  @Test func `a log in parts is the whole log`() throws {
    let log = SyntheticLog(seed: 3, drift: Self.drift)
    let (whole, _) = try bytes(log, .csv, rows: 0..<20_000)
    let parts = try [0..<1, 1..<9_000, 9_000..<20_000].map { rows in
      try bytes(log, .csv, rows: rows).0.split(separator: 0x0A).dropFirst()
    }
    #expect(parts.flatMap { $0 }.elementsEqual(whole.split(separator: 0x0A).dropFirst()))
    for compression in [Compression.gzip, .zstd] {
      let (packed, _) = try bytes(log, .csv, rows: 0..<20_000, compression)
      #expect(
        try records(.bytes(packed), DelimitedText.csv) == records(.bytes(whole), DelimitedText.csv))
    }
  }

  @Test func `Criteo's shape is kept`() throws {
    let log = SyntheticLog.criteoShaped(isSparse: true, largest: 1_000, drift: Self.drift)
    let (text, _) = try bytes(log, .criteo, rows: 0..<2_000)
    #expect(200...280 ~= text.count / 2_000)
    let source = LogSource.bytes(text, name: "train.txt")
    let encoder = try FeatureEncoder.fit(Schema(minCount: 1), to: [source])
    #expect(encoder.schema.format == .criteo)
    let data = try encoder.encode([source])
    #expect(data.rows == 2_000)
    // I12 is missing in 77 of 100 rows, C1 never.
    #expect(abs(data.statistics[11].missing - 1_540) < 100 && data.statistics[13].missing == 0)
    let lines = try records(source, DelimitedText.rawTSV)
    #expect(lines.allSatisfy { $0.count == 40 && $0[14].utf8.count == 8 })
    // Encoded, a count is the bucket that decided.
    let buckets = BucketCounts(buckets: 50)
    for bucket in 0..<50 {
      for draw in [0, UInt32.max / 2, .max] {
        #expect(LogBucket()(Double(buckets.count(of: bucket, draw))) == bucket)
      }
    }
  }

  @Test func `ids and effects change from day to day`() {
    let log = SyntheticLog(seed: 3, drift: Self.drift)
    let users = (0..<4).map { day in
      Set(
        (Self.drift.firstRow(of: day)..<Self.drift.firstRow(of: day) + 4_000).map {
          log.row($0).values[0]
        })
    }
    func new(_ day: Int) -> Double {
      Double(users[day].count { $0 >= 2_000 }) / Double(users[day].count)
    }
    #expect(new(0) == 0 && 0.1...0.3 ~= new(1) && 0.45...0.75 ~= new(3))
    // A field of few values keeps them.
    #expect((0..<20_000).allSatisfy { log.row($0).values[2] < 20 })
    #expect(Self.drift.day(of: 4_999) == 0 && Self.drift.day(of: 5_000) == 1)
    #expect(Self.drift.time(of: 5_000) == Self.drift.start + 86_400)
  }

  @Test func `clicks follow their probabilities on every day`() {
    let log = SyntheticLog(seed: 5, drift: Self.drift)
    for day in 0..<4 {
      let rows = (Self.drift.firstRow(of: day)..<Self.drift.firstRow(of: day) + 5_000).map(log.row)
      let expected = rows.reduce(0) { $0 + $1.probability }
      let variance = rows.reduce(0) { $0 + $1.probability * (1 - $1.probability) }
      let clicks = rows.reduce(0) { $0 + ($1.isClick ? 1 : 0) }
      #expect(abs(Double(clicks) - expected) < 5 * variance.squareRoot())
    }
  }

  @Test func `the optimum is that of the true probabilities`() throws {
    let log = SyntheticLog(seed: 3, drift: Self.drift)
    let (_, optimum) = try bytes(log, .csv, rows: 0..<20_000, test: 15_000..<20_000)
    let rows = (15_000..<20_000).map(log.row)
    let clicks = rows.filter(\.isClick), others = rows.filter { !$0.isClick }
    var wins = 0.0
    for click in clicks {
      for other in others {
        wins += click.probability > other.probability ? 1 : 0
        wins += click.probability == other.probability ? 0.5 : 0
      }
    }
    #expect(optimum.rows == 5_000 && optimum.clicks == clicks.count)
    #expect(abs(optimum.auc! - wins / Double(clicks.count * others.count)) < 1e-4)
    let loss =
      -clicks.reduce(0) { $0 + log1($1.probability) }
      - others.reduce(0) { $0 + log1(1 - $1.probability) }
    #expect(abs(optimum.logLoss! - loss / 5_000) < 1e-9)
  }

  private func log1(_ x: Double) -> Double { Foundation.log(x) }

  @Test func `a sampler draws by the sums of probabilities`() {
    let sampler = ZipfSampler(count: 1_000, exponent: 1.05)
    var total = 0.0
    let sums = (1...1_000).map { rank in
      total += Foundation.pow(Double(rank), -1.05)
      return total
    }
    var stream = RandomStream(seed: 1)
    for _ in 0..<20_000 {
      let draw = stream.uniform()
      let expected = sums.firstIndex { $0 / total >= draw } ?? 999
      #expect(sampler.rank(of: draw) == expected)
    }
  }
}
