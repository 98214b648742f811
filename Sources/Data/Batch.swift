/// Some samples, encoded, ready for a model. The same batch feeds every model and every backend.
public struct Batch: Sendable {
  /// The id that marks an empty slot: it adds nothing and receives no gradient.
  public static let absent: Int32 = -1

  /// How the ids are laid out.
  public let layout: BatchLayout
  /// The number of samples.
  public let rows: Int
  /// Feature ids, [rows × slots], each in 0..<features or ``absent``. Here and in the other arrays nothing where the
  /// rows are in a place that only a device sees.
  public let ids: [Int32]
  /// The value x of each slot, [rows × slots], or nil where all are 1.
  public let values: [Float]?
  /// Clicks, [rows], each 0 or 1.
  public let labels: [Float]
  /// Sample weights, [rows], or nil where all are 1.
  public let weights: [Float]?
  /// Whether samples have weights.
  package let hasWeights: Bool
  /// Where the rows are for a device, and at which row of the place they begin; nil where they are in the arrays.
  package let placed: (lent: LentPlace, first: Int)?
  /// Of a part of a batch, the whole batch: losses are means over it.
  private let whole: Whole?

  /// What is known in a part of a batch of all of it.
  private struct Whole {
    /// The rows of the part among all.
    let place: Range<Int>
    let rows: Int
    /// Σ of the sample weights.
    let weight: Double
  }

  /// - Precondition: the arrays have the sizes above.
  public init(
    layout: BatchLayout, ids: [Int32], values: [Float]? = nil, labels: [Float],
    weights: [Float]? = nil
  ) {
    self.init(
      layout: layout, ids: ids, values: values, labels: labels, weights: weights, whole: nil)
  }

  /// Some adjacent rows of a batch.
  ///
  /// - Parameters:
  ///   - place: which of its rows.
  ///   - rows: how many it has.
  ///   - weight: Σ of its sample weights.
  package init(
    layout: BatchLayout, ids: [Int32], values: [Float]?, labels: [Float], weights: [Float]?,
    place: Range<Int>, ofRows rows: Int, weight: Double
  ) {
    precondition(place.count == labels.count && place.upperBound <= rows)
    self.init(
      layout: layout, ids: ids, values: values, labels: labels, weights: weights,
      whole: Whole(place: place, rows: rows, weight: weight))
  }

  private init(
    layout: BatchLayout, ids: [Int32], values: [Float]?, labels: [Float], weights: [Float]?,
    whole: Whole?
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
    hasWeights = weights != nil
    placed = nil
    self.whole = whole
  }

  /// Rows in a place that a device takes them from, of which nothing else is known here.
  ///
  /// - Parameters:
  ///   - first: where in the place they begin.
  ///   - hasWeights: whether they have weights.
  ///   - place: which of the rows of the whole batch they are.
  ///   - rows: how many it has.
  ///   - weight: Σ of its sample weights.
  package init(
    layout: BatchLayout, in lent: LentPlace, from first: Int = 0, hasWeights: Bool,
    place: Range<Int>, ofRows rows: Int, weight: Double
  ) {
    precondition(place.upperBound <= rows)
    self.layout = layout
    self.rows = place.count
    (ids, values, labels, weights) = ([], nil, [], nil)
    self.hasWeights = hasWeights
    placed = (lent, first)
    whole = Whole(place: place, rows: rows, weight: weight)
  }

  /// The number of rows of the batch that this is a part of; its own where it is no part.
  package var wholeRows: Int { whole?.rows ?? rows }

  /// Some of the whole batch's rows, which this part has, as a piece of it.
  package func piece(_ place: Range<Int>) -> Batch {
    let first = whole?.place.lowerBound ?? 0
    let rows = place.lowerBound - first..<place.upperBound - first
    if let placed {
      return Batch(
        layout: layout, in: placed.lent, from: placed.first + rows.lowerBound,
        hasWeights: hasWeights, place: place, ofRows: wholeRows, weight: totalWeight)
    }
    let cells = rows.lowerBound * layout.slots..<rows.upperBound * layout.slots
    return Batch(
      layout: layout, ids: Array(ids[cells]), values: values.map { Array($0[cells]) },
      labels: Array(labels[rows]), weights: weights.map { Array($0[rows]) }, place: place,
      ofRows: wholeRows, weight: totalWeight)
  }

  /// The same rows with other numbers of their features.
  ///
  /// - Precondition: as many, and `layout` has the same slots.
  package func numbered(_ ids: [Int32], by layout: BatchLayout) -> Batch {
    Batch(
      layout: layout, ids: ids, values: values, labels: labels, weights: weights, whole: whole)
  }

  /// Σ of the sample weights, of a part those of the whole batch; the number of rows where there are none.
  public var totalWeight: Double { whole?.weight ?? weights.map(Self.sum) ?? Double(rows) }

  /// Σ of sample weights.
  static func sum(_ weights: [Float]) -> Double { weights.reduce(0) { $0 + Double($1) } }
}
