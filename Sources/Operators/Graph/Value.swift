/// An activation in a graph: a matrix [rows × `width`], one row a sample.
public struct Value: Sendable, Hashable {
  /// Its number in the graph.
  public let index: Int
  /// How many scalars a sample has.
  public let width: Int
}
