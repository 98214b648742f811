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
  /// Of a piece of a batch, that of the whole batch: losses are means over it.
  private let wholeWeight: Double?

  /// - Precondition: the arrays have the sizes above.
  public init(
    layout: BatchLayout, ids: [Int32], values: [Float]? = nil, labels: [Float],
    weights: [Float]? = nil
  ) {
    self.init(
      layout: layout, ids: ids, values: values, labels: labels, weights: weights, wholeWeight: nil)
  }

  private init(
    layout: BatchLayout, ids: [Int32], values: [Float]?, labels: [Float], weights: [Float]?,
    wholeWeight: Double?
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
    self.wholeWeight = wholeWeight
  }

  /// Some of its rows as a piece of it.
  package func piece(_ rows: Range<Int>) -> Batch {
    let places = rows.lowerBound * layout.slots..<rows.upperBound * layout.slots
    return Batch(
      layout: layout, ids: Array(ids[places]), values: values.map { Array($0[places]) },
      labels: Array(labels[rows]), weights: weights.map { Array($0[rows]) },
      wholeWeight: totalWeight)
  }

  /// The same rows with other numbers of their features.
  ///
  /// - Precondition: as many, and `layout` has the same slots.
  package func numbered(_ ids: [Int32], by layout: BatchLayout) -> Batch {
    Batch(
      layout: layout, ids: ids, values: values, labels: labels, weights: weights,
      wholeWeight: wholeWeight)
  }

  /// Σ of the sample weights, of a piece those of the whole batch; the number of rows where there are none.
  public var totalWeight: Double {
    wholeWeight ?? weights.map { $0.reduce(0) { $0 + Double($1) } } ?? Double(rows)
  }
}
