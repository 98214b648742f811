/// Rows by time, in bounded memory: by the hour where rows have times; else by stretches of the log
/// that double in length when there are too many.
struct Periods {
  private static let hour: Int64 = 3_600
  /// How many stretches there are at most.
  private static let most = 64

  private var hours: [Int64: LogInspection.Period] = [:]
  private var stretches: [LogInspection.Period] = []
  private var length = 256

  /// - Parameter time: seconds since 1970; nil where the row has none.
  mutating func add(_ row: LogInspection.Period, at time: Int64?) {
    if let time {
      let hour = (time - (time % Self.hour + Self.hour) % Self.hour)
      hours[hour] = hours[hour].map { $0 + row } ?? row
      hours[hour]!.start = hour
      return
    }
    if let last = stretches.last, last.rows < length {
      stretches[stretches.count - 1] = last + row
      return
    }
    if stretches.count == Self.most {
      stretches = stride(from: 0, to: Self.most, by: 2).map { stretches[$0] + stretches[$0 + 1] }
      length *= 2
    }
    stretches.append(row)
  }

  /// An hour, a day or some days, so that there are not too many.
  var suitableSeconds: Int? {
    guard let first = hours.keys.min(), let last = hours.keys.max() else { return nil }
    let span = last - first
    let candidates = [1, 24, 24 * 7, 24 * 28].map { Int64($0) * Self.hour }
    return Int(candidates.first { span / $0 < Int64(Self.most) } ?? candidates.last!)
  }

  /// The stretches, of which the last one takes in what is left of the log where that is little: a few
  /// rows say nothing of a rate.
  private var evenStretches: [LogInspection.Period] {
    guard stretches.count > 1, stretches[stretches.count - 1].rows < length / 2 else {
      return stretches
    }
    let last = stretches[stretches.count - 2] + stretches[stretches.count - 1]
    return Array(stretches.dropLast(2)) + [last]
  }

  /// The periods, ascending.
  func list(seconds: Int?) -> [LogInspection.Period] {
    guard let seconds = seconds.map({ Int64($0) }), !hours.isEmpty else { return evenStretches }
    var merged: [Int64: LogInspection.Period] = [:]
    for (hour, period) in hours {
      let start = hour - (hour % seconds + seconds) % seconds
      merged[start] = merged[start].map { $0 + period } ?? period
      merged[start]!.start = start
    }
    return merged.values.sorted { $0.start < $1.start }
  }
}
