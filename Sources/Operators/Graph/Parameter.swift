/// What is learned (or, for running statistics, kept): a matrix [rows × columns] with a name that
/// stays the same from run to run and file to file.
public struct Parameter: Sendable, Hashable {
  /// Which optimizer and regularisation apply.
  public enum Group: String, Sendable, Codable, CaseIterable {
    /// The first-order weights.
    case wide
    /// The shared embedding.
    case embedding
    /// The deep part.
    case deep
  }

  /// What kind of matrix it is.
  public enum Kind: Sendable, Hashable {
    /// A weight matrix or vector; L2 applies.
    case weight
    /// A bias, or a normalisation's scale and shift; L2 does not apply.
    case bias
    /// One row a feature; gradients are sparse; L2 applies.
    case table
    /// A running statistic; not trained, but part of the model.
    case statistic
    /// What a forward pass leaves for its backward pass; not part of the model.
    case workspace
  }

  /// Its number in the graph.
  public let index: Int
  /// Unique in the graph, for instance `deep.0.weight`.
  public let name: String
  /// The number of rows; for a table the number of features.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// What kind of matrix it is.
  public let kind: Kind
  /// Which optimizer and regularisation apply.
  public let group: Group
  /// How it starts.
  public let initializer: Initializer
  /// What its numbers are kept in while it is trained.
  public internal(set) var precision = TablePrecision.float32

  /// The number of scalars.
  public var count: Int { rows * columns }
  /// The same with another number of rows.
  func with(rows: Int) -> Parameter {
    Parameter(
      index: index, name: name, rows: rows, columns: columns, kind: kind, group: group,
      initializer: initializer, precision: precision)
  }

  /// The same kept otherwise.
  func with(precision: TablePrecision) -> Parameter {
    var parameter = self
    parameter.precision = precision
    return parameter
  }

  /// Whether training changes it by gradients.
  package var isTrained: Bool { kind != .statistic && kind != .workspace }
  /// Whether it belongs to the saved model.
  package var isSaved: Bool { kind != .workspace }
}
