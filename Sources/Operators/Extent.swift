/// Which rows of a table's gradient are kept.
public enum TableRegion: Sendable, Hashable {
  /// Those of the batch's distinct ids, one after the other.
  case touched
  /// All.
  case whole
}

/// How much of a parameter an update operator works on.
public enum Extent<Input> {
  /// The first `count` scalars of the parameter, rows of `width` scalars; its gradient has as many.
  case whole(count: Int, width: Int)
  /// The rows, `width` scalars each, of the batch's distinct ids; the gradient has one row for each
  /// of these ids, in their order.
  case touched(Input, width: Int)
}

extension Extent {
  /// The rows of a parameter, `rows` of `width` scalars, that a region names.
  init(_ region: TableRegion, of input: Input, rows: Int, width: Int) {
    switch region {
    case .touched: self = .touched(input, width: width)
    case .whole: self = .whole(count: rows * width, width: width)
    }
  }
}
