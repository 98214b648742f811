import Logs
import Support

extension SchemaDraft {
  /// Decides what each column is.
  mutating func decide(_ profiles: [ColumnProfile], of sample: LogSample) throws {
    let label = try decideLabel(profiles)
    var taken = [label]
    if let time = Self.time(among: profiles.filter { $0.name != label }) {
      schema.time = Schema.Time(column: time.name, format: time.timeFormat)
      let days = time.weekdays
      reasons[.time] =
        "all values are times"
        + (days < 7 ? "; too few days were seen to learn of weekdays (derive: weekday)" : "")
      taken.append(time.name)
      if !time.isOfDays {
        add(.derived("hour of day", .hour), "from \(time.name)")
      }
      if days == 7 { add(.derived("weekday", .weekday), "from \(time.name), Monday is 1") }
    }
    if let weight = profiles.first(where: \.isSampleWeight), !taken.contains(weight.name) {
      schema.weight = weight.name
      reasons[.weight] = "its name, and numbers from 0"
      taken.append(weight.name)
    }
    if let user = profiles.first(where: {
      $0.isNamed("user", "uid", "userid", "member", "customer") && !$0.isConstant && !$0.isUnique
        && $0.distinct > 1 && !taken.contains($0.name)
    }) {
      schema.group = user.name
      reasons[.group] = "metrics by group then compare rows of one \(user.name)"
    }
    let markers = Set(profiles.flatMap(\.markers))
    if !markers.isEmpty {
      schema.missing = Schema.usualMissing.filter(markers.contains)
      reasons[.missing] = "seen in the log, and usual for no value"
    }
    if let rows = profiles.first?.rows, rows >= 5_000 {
      schema.minCount = 2
      reasons[.minCount] = "a value seen once teaches nothing; take 10 for millions of rows"
    }
    let mirrors = sample.mirrors(of: schema.label!)
    let telling = sample.telling(schema.label!, NumberText(schema))
    for profile in profiles where !taken.contains(profile.name) {
      if let reason = Self.leak(profile, mirrors: mirrors) {
        add(Schema.Field(name: profile.name, kind: .ignored), reason)
        continue
      }
      let (field, reason) = Self.field(of: profile)
      guard let auc = telling[profile.name], field.kind != .ignored else {
        add(field, reason)
        continue
      }
      add(field, reason + "; AUC \(auc.inBrief) alone: known only after the click?")
      warnings.append(SoleColumn.warning(profile.name, auc, rows: profile.rows))
    }
    if schema.fields.allSatisfy({ $0.kind == .ignored }) {
      throw UserError(
        source, found: "no column that could be a field", expected: "one beside the label",
        remedy: "write a schema by hand")
    }
  }

  private mutating func add(_ field: Schema.Field, _ reason: String) {
    var field = field
    while schema.fields.contains(where: { $0.name == field.name }) {
      if field.column == nil && field.derive == nil { field.column = field.name }
      field.name += " (column)"
    }
    schema.fields.append(field)
    fieldReasons.append(reason)
  }

  /// The column that says when a row was, if one does.
  private static func time(among profiles: [ColumnProfile]) -> ColumnProfile? {
    let timed = profiles.filter { profile in
      guard let format = profile.timeFormat, profile.missing == 0, !profile.isConstant else {
        return false
      }
      return format == .iso || profile.hasTimeName
    }
    return timed.first { $0.hasTimeName } ?? timed.first
  }
}

extension ColumnProfile {
  /// Whether a row's weight in training stands here: by its name, unless the numbers are rather those of
  /// parcels or products.
  fileprivate var isSampleWeight: Bool {
    guard let numbers, missing == 0, numbers[0] >= 0 else { return false }
    return isCalled("sample_weight")
      || isCalled("weight") && numbers[numbers.count / 2] <= 10
  }

  /// The times, in seconds since 1970.
  private var seconds: [Int64] {
    counts.keys.compactMap { value in
      Array(value.utf8).withUnsafeBytes { timeFormat?.seconds($0) }
    }
  }

  /// How many of the days of the week there are among the times.
  fileprivate var weekdays: Int { Set(seconds.map { TimePart.weekday.value(of: $0) }).count }

  /// Whether the times are days, without hours.
  fileprivate var isOfDays: Bool { seconds.allSatisfy { $0 % 86_400 == 0 } }

  /// Whether its name speaks for a time.
  var hasTimeName: Bool {
    isNamed("time", "timestamp", "ts", "date", "datetime", "hour", "day", "created", "at", "when")
  }
}
