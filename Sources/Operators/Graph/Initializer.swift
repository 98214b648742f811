import Dispatch
import Foundation
import Random

/// How a parameter starts. Numbers depend only on the seed and the parameter's name.
public indirect enum Initializer: Sendable, Hashable {
  /// The same number everywhere.
  case constant(Float)
  /// These numbers, row by row.
  case numbers([Float])
  /// Normal with mean 0.
  case normal(deviation: Float)
  /// Uniform in ±bound.
  case uniform(bound: Float)
  /// Normal with mean 0 and variance 2 / (rows + columns) (Glorot & Bengio 2010).
  case xavierNormal
  /// Uniform with mean 0 and variance 2 / (rows + columns).
  case xavierUniform
  /// Normal with mean 0 and variance 2 / rows (He et al. 2015).
  case heNormal
  /// Uniform with mean 0 and variance 2 / rows.
  case heUniform
  /// As another, but that some rows have zeros behind their first numbers.
  case shortened(Initializer, [Shortened])

  /// Rows that are shorter than the others.
  public struct Shortened: Sendable, Hashable {
    /// Which rows.
    public let rows: Range<Int>
    /// How many of their numbers are not 0.
    public let length: Int

    /// Rows with so many numbers.
    public init(rows: Range<Int>, length: Int) {
      (self.rows, self.length) = (rows, length)
    }
  }

  /// The initial values of a parameter, [rows × columns].
  package func values(for parameter: Parameter, seed: UInt64) -> [Float] {
    values(0..<parameter.count, of: parameter, seed: seed)
  }

  /// A part of the initial values: so a large table needs no second one on the host.
  ///
  /// - Precondition: the range begins at an even number: normal numbers are made in pairs.
  package func values(
    _ range: Range<Int>, of parameter: Parameter, seed: UInt64
  ) -> [Float] {
    switch self {
    case .constant(let value):
      return [Float](repeating: value, count: range.count)
    case .numbers(let numbers):
      return Array(numbers[range])
    case .normal(let deviation):
      return Self.normal(range, of: parameter, deviation: Double(deviation), seed: seed)
    case .uniform(let bound):
      return Self.uniform(range, of: parameter, bound: Double(bound), seed: seed)
    case .xavierNormal:
      return Self.normal(range, of: parameter, deviation: Self.xavier(parameter), seed: seed)
    case .xavierUniform:
      let bound = 3.squareRoot() * Self.xavier(parameter)
      return Self.uniform(range, of: parameter, bound: bound, seed: seed)
    case .heNormal:
      return Self.normal(range, of: parameter, deviation: Self.he(parameter), seed: seed)
    case .heUniform:
      let bound = 3.squareRoot() * Self.he(parameter)
      return Self.uniform(range, of: parameter, bound: bound, seed: seed)
    case .shortened(let whole, let shortened):
      var values = whole.values(range, of: parameter, seed: seed)
      let width = max(parameter.columns, 1)
      let rows = range.lowerBound / width..<(range.upperBound + width - 1) / width
      for some in shortened where some.length < width {
        for row in some.rows.clamped(to: rows) {
          let unused = row * parameter.columns + some.length..<(row + 1) * parameter.columns
          for place in unused.clamped(to: range) { values[place - range.lowerBound] = 0 }
        }
      }
      return values
    }
  }

  /// The initial values of one row of a table, by a key of its own in place of the row's number: so they do not
  /// depend on which row of its field it is. [columns]
  package func row(
    _ number: Int, of parameter: Parameter, seed: UInt64, key: UInt64
  ) -> [Float] {
    var random = RandomStream(seed: seed, purpose: key)
    let columns = 0..<parameter.columns
    func uniform(_ bound: Double) -> [Float] {
      columns.map { _ in Float(bound * (2 * random.uniform() - 1)) }
    }
    func normal(_ deviation: Double) -> [Float] {
      columns.map { _ in Float(random.normalPair(deviation: deviation).0) }
    }
    return switch self {
    case .constant(let value): columns.map { _ in value }
    case .numbers(let numbers): Array(numbers[columns])
    case .normal(let deviation): normal(Double(deviation))
    case .uniform(let bound): uniform(Double(bound))
    case .xavierNormal: normal(Self.xavier(parameter))
    case .xavierUniform: uniform(3.squareRoot() * Self.xavier(parameter))
    case .heNormal: normal(Self.he(parameter))
    case .heUniform: uniform(3.squareRoot() * Self.he(parameter))
    case .shortened(let whole, let shortened):
      whole.row(number, of: parameter, seed: seed, key: key).enumerated().map { column, value in
        shortened.contains { $0.rows.contains(number) && column >= $0.length } ? 0 : value
      }
    }
  }

  /// The deviations: of uniform numbers in ±b it is b / √3.
  private static func xavier(_ parameter: Parameter) -> Double {
    (2 / Double(max(parameter.rows + parameter.columns, 1))).squareRoot()
  }

  private static func he(_ parameter: Parameter) -> Double {
    (2 / Double(max(parameter.rows, 1))).squareRoot()
  }

  private static func uniform(
    _ range: Range<Int>, of parameter: Parameter, bound: Double, seed: UInt64
  ) -> [Float] {
    var random = RandomStream(seed: seed, purpose: parameter.name).skipping(range.lowerBound)
    return range.map { _ in Float(bound * (2 * random.uniform() - 1)) }
  }

  /// Normal numbers made on all cores: each depends on its place only.
  private static func normal(
    _ range: Range<Int>, of parameter: Parameter, deviation: Double, seed: UInt64
  ) -> [Float] {
    precondition(range.lowerBound % 2 == 0)
    let start = RandomStream(seed: seed, purpose: parameter.name)
    let share = 1 << 16
    return [Float](unsafeUninitializedCapacity: range.count) { buffer, count in
      count = range.count
      nonisolated(unsafe) let values = buffer
      let total = range.count
      DispatchQueue.concurrentPerform(iterations: (total + share - 1) / share) { part in
        // Two words a pair: as many words as numbers.
        var random = start.skipping(range.lowerBound + part * share)
        for first in stride(from: part * share, to: min((part + 1) * share, total), by: 2) {
          let pair = random.normalPair(deviation: deviation)
          values[first] = Float(pair.0)
          if first + 1 < total { values[first + 1] = Float(pair.1) }
        }
      }
    }
  }
}
