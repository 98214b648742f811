import Data

extension TableLookup {
  package func forward(_ pass: ReferencePass) {
    lookUp(pass, table: pass[table], bias: bias.map { pass[$0] }, into: pass[output])
  }

  func lookUp(
    _ pass: ReferencePass, table: ReferenceBuffer, bias: ReferenceBuffer?, into y: ReferenceBuffer
  ) {
    let (batch, slots) = (pass.input.batch, shape.layout.slots)
    for b in 0..<batch.rows {
      let sums = y.row(b, width: shape.outputWidth)
      for j in sums.indices { sums[j] = bias?[j] ?? 0 }
      for s in 0..<slots where batch.ids[b * slots + s] != Batch.absent {
        let value = batch.value(at: b * slots + s)
        let vector = table.row(Int(batch.ids[b * slots + s]), width: shape.width)
        let column = shape.outputColumn(ofSlot: s)
        for j in vector.indices { sums[column + j] += value * vector[j] }
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    sumGradients(pass, region: pass.region(of: table))
  }

  /// All gradients; that of the table has the rows of a region.
  func sumGradients(_ pass: ReferencePass, region: TableRegion) {
    let dy = pass.gradient(of: output)
    if let dtable = pass.buffer(.gradient(of: table)) {
      sumGradient(pass, dy: dy, pass.input.unique, region: region, into: dtable)
    }
    guard let bias else { return }
    let dbias = pass.gradient(of: bias)
    for j in 0..<shape.outputWidth {
      dbias[j] = (0..<pass.rows).reduce(0) { $0 + dy[$1 * shape.outputWidth + j] }
    }
  }

  /// dV of the distinct ids.
  func sumGradient(
    _ pass: ReferencePass, dy: ReferenceBuffer, _ unique: UniqueIDs, region: TableRegion,
    into dtable: ReferenceBuffer
  ) {
    let (batch, slots) = (pass.input.batch, shape.layout.slots)
    if region == .whole { dtable.scalars[..<table.count].update(repeating: 0) }
    for (place, id) in unique.ids.enumerated() {
      let sums = dtable.row(region == .whole ? Int(id) : place, width: shape.width)
      sums.update(repeating: 0)
      for position in unique.positions(of: place) {
        let value = batch.value(at: position)
        let gradient = dy.row(position / slots, width: shape.outputWidth)
        let column = shape.outputColumn(ofSlot: position % slots)
        for j in sums.indices { sums[j] += value * gradient[column + j] }
      }
    }
  }
}

extension Batch {
  /// x of a place in [rows × slots].
  fileprivate func value(at place: Int) -> Double { values.map { Double($0[place]) } ?? 1 }
}
