/// Products by work-groups that share local memory, see `gemm_gpu.cl`.
struct ProductTiles: Sendable, Hashable {
  /// What factors are rounded to, and what multiplies them.
  enum Arithmetic: Sendable, Hashable {
    case floats
    /// By tensor cores, or, where there are none, by loops that do the same.
    case tf32(emulated: Bool)
    case bfloat16(emulated: Bool)
    /// Numbers as sums of two in TF32: three products.
    case tf32x3(emulated: Bool)
  }

  var arithmetic = Arithmetic.floats

  /// The rows that a tile may have, each compiled when it is first wanted.
  var heights = [160, 128, 64]
  /// Its columns: 5 tiles are as wide as the usual layer of 400.
  static let columns = 80
  /// The work-items that compute it.
  var items: Int { arithmetic == .floats ? 160 : 128 }
  /// The least depth of a part, and what it is a multiple of: tiles that are whole ask for no bounds.
  private static let leastSpan = 128
  private static let spanStep = 32
  /// How many work-groups each of a device's units is to have where a depth is cut for them.
  private static let groupsEach = 4

  /// What kernels of tiles are compiled with.
  var options: [String] {
    let (number, isEmulated) =
      switch arithmetic {
      case .floats: (0, false)
      case .tf32(let emulated): (1, emulated)
      case .bfloat16(let emulated): (2, emulated)
      case .tf32x3(let emulated): (3, emulated)
      }
    return ["-DARITHMETIC=\(number)"] + (isEmulated ? ["-DEMULATED"] : [])
  }

  /// What those of one height are compiled with besides.
  static func options(height: Int) -> [String] {
    usualOptions[height] ?? ["-DROWS_EACH=\(height)"]
  }

  /// Those of the usual heights: each product of a step asks for some.
  private static let usualOptions = Dictionary(
    uniqueKeysWithValues: ProductTiles().heights.map { ($0, ["-DROWS_EACH=\($0)"]) })
}

extension ProductTiles {
  /// How work-groups share a product.
  struct Cut: Hashable {
    /// The rows of a tile.
    let height: Int
    /// How many tiles cover the matrix.
    let rows, columns: Int
    /// The depth is cut into so many parts, each of as much, but for the last.
    let parts, span: Int
  }

  /// The cut with which a device should be done first: its units compute a tile after the other, each in the time of its
  /// rows, and of some more for what it reads. Layers of few samples leave units without work if their tiles are high,
  /// and so do those that leave few for the last round.
  ///
  /// - Parameters:
  ///   - depth: what a number of the product is a sum of.
  ///   - units: those of the device.
  ///   - cutsDepth: whether sums may be of parts, to be added up.
  func cut(rows: Int, columns: Int, depth: Int, units: Int, cutsDepth: Bool = false) -> Cut {
    func cut(_ height: Int) -> Cut {
      let count = Self.count(rows: rows, columns: columns, height: height)
      guard cutsDepth else {
        return Cut(
          height: height, rows: count.rows, columns: count.columns, parts: 1, span: max(depth, 1))
      }
      let most = min(
        Self.mostParts(tiles: count.rows * count.columns, units: units),
        max(depth / Self.leastSpan, 1))
      let step = Self.spanStep
      let span = max((depth + most * step - 1) / (most * step) * step, 1)
      return Cut(
        height: height, rows: count.rows, columns: count.columns,
        parts: max((depth + span - 1) / span, 1), span: span)
    }
    func time(_ cut: Cut) -> Int {
      let rounds = (cut.rows * cut.columns * cut.parts + units - 1) / max(units, 1)
      return rounds * (cut.height + rowsOfReading) * cut.span
    }
    var best = cut(heights[0])
    for height in heights.dropFirst() {
      let other = cut(height)
      if time(other) < time(best) { best = other }
    }
    return best
  }

  /// The most parts that a depth is cut into, whatever it is and whichever tiles are taken.
  func mostParts(rows: Int, columns: Int, units: Int) -> Int {
    heights.map {
      let count = Self.count(rows: rows, columns: columns, height: $0)
      return Self.mostParts(tiles: count.rows * count.columns, units: units)
    }.max()!
  }

  /// How many rows more would take as long as what a tile does besides: by the instructions of the main loop in floats;
  /// tensor cores wait for what is read, all of a tile's rows and columns.
  private var rowsOfReading: Int { arithmetic == .floats ? 16 : Self.columns }

  private static func count(rows: Int, columns: Int, height: Int) -> (rows: Int, columns: Int) {
    ((rows + height - 1) / height, (columns + Self.columns - 1) / Self.columns)
  }

  private static func mostParts(tiles: Int, units: Int) -> Int {
    max(groupsEach * units / max(tiles, 1), 1)
  }
}
