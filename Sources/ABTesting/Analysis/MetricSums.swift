import Statistics

/// What a metric needs of a unit: the sums above and below, in the test and before it.
struct MetricValues: Sendable {
  let kind: Metric.Kind
  let numerator: Int
  let denominator: Int
  let covariate: Int?
  /// A mean's sums are cut at it.
  var cap = Double.infinity

  /// - Parameter measures: the columns that records add up behind their rows.
  init(_ metric: Metric, measures: [String]) {
    kind = metric.kind
    numerator = measures.firstIndex(of: metric.column)! + 1
    denominator = metric.denominator.map { measures.firstIndex(of: $0)! + 1 } ?? 0
    covariate = metric.covariate.map { measures.firstIndex(of: $0)! + 1 }
  }

  /// The two numbers of sums over some rows of a unit.
  @inline(__always)
  func pair(_ sum: Double, _ divisor: Double) -> (Double, Double) {
    switch kind {
    case .ratio: (sum, divisor)
    case .mean: (min(sum, cap), 1)
    case .proportion: (sum > 0 ? 1 : 0, 1)
    }
  }
}

/// The moments of a metric in each arm.
typealias ArmMoments = [JointMoments]

/// What all units add up to: one pass over them.
struct AnalysisSums {
  private(set) var units: [Int]
  private(set) var rows: [Double]
  /// Units with rows of several arms.
  private(set) var mixed = 0
  /// Units of the test that have rows from before it.
  private(set) var known = 0
  /// [metrics][arms], of (m, d, m_x, d_x).
  private(set) var whole: [ArmMoments]
  /// The rows of each day alone, and by how much each day changed what was so far: [days][metrics][arms].
  private(set) var days: [Int: [ArmMoments]] = [:]
  private(set) var changes: [Int: [ArmMoments]] = [:]
  /// [segments][metrics][arms]
  private(set) var segments: [Int: [ArmMoments]] = [:]

  private let metrics: [MetricValues]
  private let armIndex: [UInt16: Int]
  private let byDay: Bool
  private let none: [ArmMoments]

  init(_ log: UnitLog, _ metrics: [MetricValues]) {
    self.metrics = metrics
    let arms = log.arms.count
    armIndex = Dictionary(
      uniqueKeysWithValues: log.arms.enumerated().map { (UInt16($0.element.number), $0.offset) })
    byDay = log.test.time != nil
    none = metrics.map { _ in ArmMoments(repeating: JointMoments(), count: arms) }
    units = Array(repeating: 0, count: arms)
    rows = Array(repeating: 0, count: arms)
    whole = none
  }

  /// The number of a unit's arm; nil for one that is not to be counted.
  func arm(of unit: UnitSums) -> Int? { armIndex[unit.arm.rawValue] }

  mutating func add(_ unit: UnitSums) {
    guard let arm = arm(of: unit) else {
      if unit.arm == .mixed { mixed += 1 }
      return
    }
    let days = unit.days
    let before = unit.slices.firstIndex(of: .before)
    units[arm] += 1
    if before != nil { known += 1 }
    for slice in 0..<days { rows[arm] += unit[slice, 0] }
    for metric in metrics.indices { add(unit, metric, arm, days: days, before: before) }
    for slice in unit.slices.indices where unit.slices[slice].isSegment {
      for (index, metric) in metrics.enumerated() {
        let (m, d) = metric.pair(unit[slice, metric.numerator], unit[slice, metric.denominator])
        segments[unit.slices[slice].number, default: none][index][arm].add(SIMD4(m, d, 0, 0))
      }
    }
  }

  private mutating func add(
    _ unit: UnitSums, _ index: Int, _ arm: Int, days: Int, before: Int?
  ) {
    let metric = metrics[index]
    var x = (0.0, metric.kind == .ratio ? 0.0 : 1.0)
    if let covariate = metric.covariate {
      var (sum, rows) = (0.0, 0.0)
      for slice in 0..<days { (sum, rows) = (sum + unit[slice, covariate], rows + unit[slice, 0]) }
      x = (sum / rows, 1)
    } else if let before {
      x = metric.pair(unit[before, metric.numerator], unit[before, metric.denominator])
    }
    var (sum, divisor) = (0.0, 0.0)
    var last: SIMD4<Double>?
    for slice in 0..<days {
      let (m, d) = (unit[slice, metric.numerator], unit[slice, metric.denominator])
      sum += m
      divisor += d
      guard byDay else { continue }
      let day = unit.slices[slice].number
      let own = metric.pair(m, d)
      self.days[day, default: none][index][arm].add(SIMD4(own.0, own.1, 0, 0))
      let total = metric.pair(sum, divisor)
      let now = SIMD4(total.0, total.1, x.0, x.1)
      if let last {
        changes[day, default: none][index][arm].replace(last, by: now)
      } else {
        changes[day, default: none][index][arm].add(now)
      }
      last = now
    }
    let total = metric.pair(sum, divisor)
    whole[index][arm].add(SIMD4(total.0, total.1, x.0, x.1))
  }
}
