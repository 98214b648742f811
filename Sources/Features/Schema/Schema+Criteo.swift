extension Schema {
  /// Criteo's display advertising log: 13 counts as log-buckets, 26 categories, values seen fewer
  /// than 10 times out of vocabulary (the criteo_x4 benchmark's setting).
  public static let criteo = Schema(
    format: .criteo, label: "label", minCount: 10,
    fields: (1...13).map { .numeric("I\($0)", encoding: .logBucket) }
      + (1...26).map { .categorical("C\($0)") })
}
