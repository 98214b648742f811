/// How the ids of one sample are laid out, the same for every sample of a dataset.
///
/// A sample is a row of `slots` id slots. A single-valued field owns one slot, a multi-valued field
/// as many as its longest list; slots of one field are adjacent. Feature ids are global: all fields
/// share one numbering 0..<`features`, so that one embedding table serves them all.
public struct BatchLayout: Sendable, Codable, Hashable {
  /// The number of distinct features: the rows of an embedding table.
  public var features: Int
  /// The number of fields m.
  public var fields: Int
  /// For each slot the field it belongs to, not decreasing, from 0 to `fields` − 1.
  public var slotFields: [Int]
  /// Whether slots carry a value x other than 1 (numeric fields, weighted lists).
  public var weighted: Bool
  /// For each field the features that its ids are among, or nil where that is not known. Fields may
  /// share features.
  public var fieldFeatures: [Range<Int>]?

  /// The number of id slots of a sample.
  public var slots: Int { slotFields.count }

  /// - Precondition: `slotFields` is not decreasing and names each field at least once; each of
  ///   `fieldFeatures` is within 0..<`features`.
  public init(
    features: Int, fields: Int, slotFields: [Int], weighted: Bool,
    fieldFeatures: [Range<Int>]? = nil
  ) {
    precondition(Set(slotFields) == Set(0..<fields) && slotFields == slotFields.sorted())
    precondition(
      fieldFeatures.map { ranges in
        ranges.count == fields
          && ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= features }
      } ?? true)
    self.features = features
    self.fields = fields
    self.slotFields = slotFields
    self.weighted = weighted
    self.fieldFeatures = fieldFeatures
  }
}

/// Some samples, encoded, ready for a model. The same batch feeds every model and every backend.
public struct Batch: Sendable {
  /// The id that marks an empty slot: it adds nothing and receives no gradient.
  public static let absent: Int32 = -1

  /// How the ids are laid out.
  public let layout: BatchLayout
  /// The number of samples.
  public let rows: Int
  /// Feature ids, [rows × slots], each in 0..<features or ``absent``.
  public let ids: [Int32]
  /// The value x of each slot, [rows × slots], or nil where all are 1.
  public let values: [Float]?
  /// Clicks, [rows], each 0 or 1.
  public let labels: [Float]
  /// Sample weights, [rows], or nil where all are 1.
  public let weights: [Float]?

  /// - Precondition: the arrays have the sizes above.
  public init(
    layout: BatchLayout, ids: [Int32], values: [Float]? = nil, labels: [Float],
    weights: [Float]? = nil
  ) {
    precondition(ids.count == labels.count * layout.slots)
    precondition((values != nil) == layout.weighted && (values?.count ?? ids.count) == ids.count)
    precondition((weights?.count ?? labels.count) == labels.count)
    self.layout = layout
    self.rows = labels.count
    self.ids = ids
    self.values = values
    self.labels = labels
    self.weights = weights
  }

  /// Σ of the sample weights; the number of rows where there are none.
  public var totalWeight: Double {
    weights.map { $0.reduce(0) { $0 + Double($1) } } ?? Double(rows)
  }
}
