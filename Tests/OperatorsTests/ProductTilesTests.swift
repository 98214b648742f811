import Testing

@testable import Operators

/// How work-groups share products.
@Suite struct ProductTilesTests {
  private static let shapes = [
    (1, 1, 1), (64, 80, 400), (390, 400, 4096), (4096, 400, 390), (161, 81, 129),
  ]

  @Test(arguments: shapes)
  func `tiles and parts cover a product and are not more than it needs`(
    rows: Int, columns: Int, depth: Int
  ) {
    let tiles = ProductTiles()
    for (units, cutsDepth) in [(1, false), (1, true), (132, false), (132, true)] {
      let cut = tiles.cut(
        rows: rows, columns: columns, depth: depth, units: units, cutsDepth: cutsDepth)
      #expect(cut.rows * cut.height >= rows && (cut.rows - 1) * cut.height < rows)
      #expect(
        cut.columns * ProductTiles.columns >= columns
          && (cut.columns - 1) * ProductTiles.columns < columns)
      #expect(cut.parts * cut.span >= depth && (cut.parts - 1) * cut.span < depth)
      #expect(
        cut.parts <= (cutsDepth ? tiles.mostParts(rows: rows, columns: columns, units: units) : 1))
    }
  }

  /// Of layers of 400 on 132 units: 7 × 5 tiles of 160 rows would be 35 for a batch of 1024, 16 × 5 of 64 are 80; 26 × 5 of
  /// 160 are the only ones that are done in one round for 4096.
  @Test(arguments: [(1024, 64), (2048, 128), (4096, 160), (65536, 160)])
  func `the height is that which leaves fewest units idle`(batch: Int, height: Int) {
    let tiles = ProductTiles()
    #expect(tiles.cut(rows: batch, columns: 400, depth: 400, units: 132).height == height)
  }

  @Test func `no batch takes longer than with one height for all`() {
    func rounds(_ tiles: ProductTiles, _ batch: Int) -> Int {
      let cut = tiles.cut(rows: batch, columns: 400, depth: 400, units: 132)
      return (cut.rows * cut.columns + 131) / 132 * (cut.height + 16)
    }
    for batch in stride(from: 1, to: 20_000, by: 77) {
      for height in ProductTiles().heights {
        let one = ProductTiles(heights: [height])
        #expect(rounds(ProductTiles(), batch) <= rounds(one, batch), "\(batch)")
      }
    }
  }
}
