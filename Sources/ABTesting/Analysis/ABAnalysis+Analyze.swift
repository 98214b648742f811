import Foundation
import Logs
import Statistics
import Support

extension ABAnalysis {
  /// How an analysis goes about it.
  public struct Options: Sendable {
    /// The most bytes of the table of units.
    public var memory = 256 << 20
    /// Where what does not fit is written; nil for the temporary files.
    public var folder: String?
    public var threads = ProcessInfo.processInfo.activeProcessorCount
    /// How often units are dealt anew to see how false alarms come out; 0 for not at all.
    public var repetitions = 0

    public init() {}
  }

  /// Analyzes the logs of a test in one pass, in memory that does not depend on their length.
  ///
  /// - Parameters:
  ///   - test: what is tested and how it is judged.
  ///   - logs: the test's.
  ///   - before: logs from before the test, with the same units and columns.
  ///   - rejected: what becomes of rows that cannot be read.
  /// - Throws: ``UserError`` for a log that cannot be read, a row that is not to be passed over, a full
  ///   disk, and arms that are not as the test says.
  package init(
    _ test: ABTest, of logs: [LogSource], before: [LogSource] = [], options: Options = Options(),
    rejecting rejected: RejectedRows
  ) throws {
    let log = try UnitLog(
      test, logs, before: before, memoryLimit: options.memory,
      spillingTo: options.folder ?? TemporaryFolder.path, threads: options.threads,
      rejecting: rejected)
    try self.init(log, hasBefore: !before.isEmpty, repetitions: options.repetitions)
  }

  init(_ log: UnitLog, hasBefore: Bool, repetitions: Int = 0) throws {
    test = log.test
    let metrics = try Self.metrics(of: log)
    var sums = AnalysisSums(log, metrics)
    try log.table.forEachUnit { sums.add($0) }
    outside = log.outside
    units = sums.units.reduce(0, +)
    mixed = sums.mixed
    known = hasBefore ? sums.known : nil
    rows = Int(sums.rows.reduce(0, +))
    let shares = log.shares
    arms = log.arms.indices.map {
      Arm(
        name: log.arms[$0].name, units: sums.units[$0], rows: Int(sums.rows[$0]), share: shares[$0])
    }
    ratio = SampleRatio(sums.units, shares: shares)
    self.metrics = []
    self.metrics = test.metrics.indices.map { index in
      result(of: index, sums, cap: metrics[index].cap, segments: log.segments, hasBefore)
    }
    correct()
    judge()
    if repetitions > 0 { aa = try AACheck(log, metrics, repetitions: repetitions) }
  }

  private static func metrics(of log: UnitLog) throws -> [MetricValues] {
    let test = log.test
    var metrics = test.metrics.map { MetricValues($0, measures: test.measures) }
    let capped = test.metrics.indices.filter { test.metrics[$0].winsorize != nil }
    let caps = try log.quantiles(
      capped.map { (metrics[$0].numerator, test.metrics[$0].winsorize!) })
    for (index, cap) in zip(capped, caps) { metrics[index].cap = cap }
    return metrics
  }

  private func result(
    of index: Int, _ sums: AnalysisSums, cap: Double, segments: [ValueNames.Value],
    _ hasBefore: Bool
  ) -> MetricResult {
    let moments = sums.whole[index]
    var covariate: Covariate?
    if hasBefore || test.metrics[index].covariate != nil {
      var pooled = JointMoments()
      for arm in moments { pooled.add(arm) }
      covariate = Covariate(pooled: pooled)
    }
    let looks = looks(of: index, sums)
    return MetricResult(
      metric: test.metrics[index], arms: moments.map { ArmStatistic(ratio: $0) },
      cap: cap.isFinite ? cap : nil, covariate: covariate,
      comparisons: arms.indices.dropFirst().map { arm in
        comparison(of: index, arm, sums, looks, segments: segments, covariate)
      })
  }

  /// A metric's moments at the end of each day: [days][arms].
  private func looks(of index: Int, _ sums: AnalysisSums) -> [(day: Int, moments: ArmMoments)] {
    var total = ArmMoments(repeating: JointMoments(), count: arms.count)
    return sums.changes.keys.sorted().map { day in
      for arm in total.indices { total[arm].add(sums.changes[day]![index][arm]) }
      return (day, total)
    }
  }

  private func comparison(
    of index: Int, _ arm: Int, _ sums: AnalysisSums, _ looks: [(day: Int, moments: ArmMoments)],
    segments: [ValueNames.Value], _ covariate: Covariate?
  ) -> Comparison {
    let contrast = contrast(sums.whole[index], arm, covariate)
    let plain = self.contrast(sums.whole[index], arm, nil)
    let days = self.days(looks, arm, sums, index, covariate)
    let sequence =
      days.last?.sequence
      ?? contrast.flatMap { self.sequence($0, before: 1) }
    var result = Comparison(
      arm: arms[arm].name, contrast: contrast, unadjusted: covariate == nil ? nil : plain,
      sequence: sequence, days: days, segments: [], verdict: .empty)
    result.p = test.looks == .daily ? sequence?.p : contrast?.p
    addPower(to: &result, sums.whole[index], arm, index, covariate)
    result.segments = self.segments(segments, arm, sums, index)
    return result
  }

  private func contrast(
    _ moments: ArmMoments, _ arm: Int, _ covariate: Covariate?
  ) -> Contrast? {
    func statistic(_ index: Int) -> ArmStatistic? {
      covariate.map { ArmStatistic(ratio: moments[index], adjustedBy: $0) }
        ?? ArmStatistic(ratio: moments[index])
    }
    guard let own = statistic(arm), let control = statistic(0) else { return nil }
    return Contrast(own, against: control, alpha: test.alpha)
  }

  private func sequence(_ contrast: Contrast, before: Double) -> Sequence {
    let sequence = ConfidenceSequence(alpha: test.alpha, tuning: test.tuning)
    let difference = contrast.difference
    return Sequence(
      difference: sequence.estimate(
        difference.value, error: difference.error, units: contrast.units),
      lift: contrast.lift.map {
        sequence.estimate($0.value, error: $0.error, units: contrast.units)
      },
      p: min(
        before,
        sequence.p(
          difference: difference.value, error: difference.error, units: contrast.units)))
  }

  private func days(
    _ looks: [(day: Int, moments: ArmMoments)], _ arm: Int, _ sums: AnalysisSums, _ index: Int,
    _ covariate: Covariate?
  ) -> [Day] {
    var least = 1.0
    return looks.map { day, moments in
      let total = contrast(moments, arm, covariate)
      let sequence = total.map { self.sequence($0, before: least) }
      least = sequence?.p ?? least
      return Day(
        date: Self.date(day), own: contrast(sums.days[day]![index], arm, nil), total: total,
        sequence: sequence)
    }
  }

  private func addPower(
    to result: inout Comparison, _ moments: ArmMoments, _ arm: Int, _ index: Int,
    _ covariate: Covariate?
  ) {
    guard let control = ArmStatistic(ratio: moments[0]), let own = ArmStatistic(ratio: moments[arm])
    else { return }
    if let contrast = result.contrast, control.value != 0 {
      let z = Normal.upperQuantile(test.alpha / 2) + Normal.upperQuantile(0.2)
      result.detectableLift = z * contrast.difference.error / abs(control.value)
    }
    guard test.metrics[index].kind == .ratio else { return }
    result.designEffect = control.designEffect(rowsPerUnit: moments[0].mean(1))
    if 0...1 ~= control.value, 0...1 ~= own.value {
      result.rowP =
        Contrast.proportions(
          (moments[arm].sum(0), moments[arm].sum(1)),
          against: (moments[0].sum(0), moments[0].sum(1))
        ).p
    }
  }

  private func segments(
    _ names: [ValueNames.Value], _ arm: Int, _ sums: AnalysisSums, _ index: Int
  ) -> [Segment] {
    let order = names.indices.sorted {
      (names[$0].column, names[$0].text) < (names[$1].column, names[$1].text)
    }
    return order.compactMap { number -> Segment? in
      guard let moments = sums.segments[number] else { return nil }
      let contrast = contrast(moments[index], arm, nil)
      return Segment(
        column: test.segments[names[number].column], value: names[number].text,
        contrast: contrast, p: contrast?.p)
    }
  }

  /// A day as it is written.
  static func date(_ day: Int) -> String {
    let style = Date.ISO8601FormatStyle().year().month().day()
    return Date(timeIntervalSince1970: Double(day) * 86_400).formatted(style)
  }
}
