import Data
import Features

/// Counts what encoded rows hold, by embedding row and by time.
struct PartInspector {
  let name: String
  var isLabelled = true
  private let encoder: FeatureEncoder
  private let slotFields: [Int]
  /// Slots that say more of a number which another one stands for.
  private let isFurther: [Bool]
  /// Where the counts of a field begin; fields that share rows are counted apart.
  private let starts: [Int]
  private var counts: [Int]
  private var clicks: [Int]
  private var rows = 0
  private var clicked = 0
  private var periods = Periods()
  private let hasTimes: Bool
  /// The first rows, as they are.
  private(set) var sample: RowSample

  init(_ name: String, _ encoder: FeatureEncoder) {
    self.name = name
    self.encoder = encoder
    let fields = encoder.layout.slotFields
    slotFields = fields
    isFurther = fields.indices.map {
      $0 > 0 && fields[$0 - 1] == fields[$0]
        && encoder.fields[fields[$0]].field.hasPlaces
    }
    starts = encoder.fields.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rows) }
    counts = [Int](repeating: 0, count: starts[starts.count - 1])
    clicks = counts
    sample = RowSample(encoder)
    hasTimes = encoder.schema.time != nil
  }

  mutating func append(_ rows: RowBuffer) {
    for row in 0..<rows.count {
      let (slot, click) = (row * slotFields.count, rows.labels.base[row] > 0.5)
      append(
        rows.ids.base + slot, click: click, time: hasTimes ? rows.times.base[row] : 0)
      guard !sample.isFull else { continue }
      let values = encoder.layout.weighted ? UnsafePointer(rows.values.base + slot) : nil
      sample.append(rows.ids.base + slot, values: values, click: click)
    }
  }

  mutating func append(_ data: Dataset) {
    sample = RowSample(encoder, of: data)
    for segment in data.segments {
      for row in 0..<segment.rows {
        append(
          segment.ids + row * slotFields.count, click: segment.labels[row] > 0.5,
          time: segment.times?[row] ?? 0)
      }
    }
  }

  private mutating func append(_ ids: UnsafePointer<Int32>, click: Bool, time: Int64) {
    var period = LogInspection.Period(
      start: hasTimes ? time : Int64(rows), rows: 1, clicks: click ? 1 : 0, values: 0, new: 0,
      unknown: 0)
    for (slot, field) in slotFields.enumerated() where ids[slot] >= 0 && !isFurther[slot] {
      let encoder = encoder.fields[field]
      let place = starts[field] + Int(ids[slot] - encoder.firstID)
      counts[place] += 1
      if click { clicks[place] += 1 }
      if ids[slot] == encoder.missingID { continue }
      period.values += 1
      if ids[slot] == encoder.unknownID {
        period.unknown += 1
      } else if counts[place] == 1 {
        period.new += 1
      }
    }
    periods.add(period, at: hasTimes ? time : nil)
    rows += 1
    clicked += click ? 1 : 0
  }

  /// The seconds of a period that suit the rows' times; nil where they have none.
  var periodSeconds: Int? { hasTimes ? periods.suitableSeconds : nil }

  func part(periodSeconds: Int?) -> LogInspection.Part {
    LogInspection.Part(
      name: name, rows: rows, clicks: isLabelled ? clicked : nil,
      periods: periods.list(seconds: periodSeconds))
  }

  func coverage(of field: Int) -> LogInspection.Coverage {
    let encoder = encoder.fields[field]
    let counts = counts[starts[field]..<starts[field + 1]]
    func count(_ id: Int32?) -> Int {
      id.map { counts[starts[field] + Int($0 - encoder.firstID)] } ?? 0
    }
    let missing = count(encoder.missingID)
    return LogInspection.Coverage(
      values: counts.reduce(0, +) - missing, unknown: count(encoder.unknownID), missing: missing,
      used: counts.count { $0 > 0 })
  }

  /// The most frequent values of a field, missing and unknown ones left out.
  func top(_ count: Int, of field: Int) -> [LogInspection.Value] {
    let encoder = encoder.fields[field]
    let first = starts[field] + Int(encoder.firstValueID - encoder.firstID)
    let places = (first..<starts[field + 1]).filter { counts[$0] > 0 }
    return places.sorted { (counts[$0], $1) > (counts[$1], $0) }.prefix(count).map { place in
      LogInspection.Value(
        name: encoder.valueName(place - first), count: counts[place], clicks: clicks[place])
    }
  }
}

extension FieldEncoder {
  /// What stands for the row of a number behind ``firstValueID``, for a person to read.
  fileprivate func valueName(_ index: Int) -> String {
    switch field.effectiveEncoding {
    case .vocabulary, .logBucket: return vocabulary[index]
    case .hash: return "bucket \(index)"
    case .value, .standardized, .piecewise, .periodic: return "a number"
    case .quantiles, .boundaries:
      func text(_ number: Double) -> String { number.inBrief }
      if boundaries.isEmpty { return "any number" }
      if index == 0 { return "< \(text(boundaries[0]))" }
      if index == boundaries.count { return "≥ \(text(boundaries[index - 1]))" }
      return "\(text(boundaries[index - 1])) – \(text(boundaries[index]))"
    }
  }
}
