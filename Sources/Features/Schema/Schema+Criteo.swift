extension Schema {
  /// Criteo's display advertising log: 13 counts as log-buckets, 26 categories, values seen fewer
  /// than 10 times out of vocabulary (the criteo_x4 benchmark's setting).
  public static let criteo = Schema(
    format: .criteo, label: "label", minCount: 10,
    fields: (1...13).map { .numeric("I\($0)", encoding: .logBucket) }
      + (1...26).map { .categorical("C\($0)") })
}

extension LogFormat {
  /// The columns' names where the log itself has no header.
  var columns: [String]? {
    self == .criteo ? ["label"] + Schema.criteo.fields.map(\.name) : nil
  }

  /// Whether a line is a label and pairs of ids and values.
  var hasPairs: Bool { self == .libsvm || self == .libffm }
}
