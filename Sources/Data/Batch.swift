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
