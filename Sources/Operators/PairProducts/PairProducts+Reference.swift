extension PairProducts {
  public func forward(_ pass: ReferencePass) {
    let (e, y, k) = (pass[embedding], pass[output], shape.width)
    forEachPair(rows: pass.rows) { f, g, pair in
      switch kind {
      case .inner: y[pair] = (0..<k).reduce(0) { $0 + e[f + $1] * e[g + $1] }
      case .outer:
        for i in 0..<k { for j in 0..<k { y[(pair * k + i) * k + j] = e[f + i] * e[g + j] } }
      }
    }
  }

  public func backward(_ pass: ReferencePass) {
    let (e, dy, k) = (pass[embedding], pass.gradient(of: output), shape.width)
    let target = pass.target(for: embedding)
    let de = target.buffer
    if !target.accumulates {
      for place in 0..<pass.rows * shape.fields * k { de[place] = 0 }
    }
    forEachPair(rows: pass.rows) { f, g, pair in
      for i in 0..<k {
        switch kind {
        case .inner:
          de[f + i] += dy[pair] * e[g + i]
          de[g + i] += dy[pair] * e[f + i]
        case .outer:
          for j in 0..<k {
            let slope = dy[(pair * k + i) * k + j]
            de[f + i] += slope * e[g + j]
            de[g + j] += slope * e[f + i]
          }
        }
      }
    }
  }

  /// Visits the pairs f < g of each row: where in e the two vectors begin, and the pair's place.
  private func forEachPair(rows: Int, _ body: (_ f: Int, _ g: Int, _ pair: Int) -> Void) {
    for b in 0..<rows {
      for f in 0..<shape.fields {
        for g in f + 1..<max(shape.fields, f + 1) {
          body(
            (b * shape.fields + f) * shape.width, (b * shape.fields + g) * shape.width,
            b * shape.pairs + shape.pair(f, g))
        }
      }
    }
  }
}
