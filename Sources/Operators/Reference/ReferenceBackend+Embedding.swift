import Data

extension ReferenceBackend {
  // y[b,f,:] = Σ_s x[b,s] · V[id[b,s],:], or y[b,:] = bias + Σ_s x[b,s] · V[id[b,s],:]
  public func lookup(
    _ shape: Lookup, input: ReferenceInput, table: ReferenceBuffer, bias: ReferenceBuffer?,
    y: ReferenceBuffer
  ) {
    let batch = input.batch
    let slots = shape.layout.slots
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

  public func groupIds(_ input: ReferenceInput) {
    input.occurrences = Occurrences(of: input.batch.ids)
  }

  public func distinctIds(_ input: ReferenceInput) -> Int { input.occurrences.count }

  // dV[id,:] = Σ_(b,s) x[b,s] · dy[b,f(s),:], dbias = Σ_b dy[b,:]
  public func lookupGradient(
    _ shape: Lookup, input: ReferenceInput, dy: ReferenceBuffer, region: TableRegion,
    dtable: ReferenceBuffer?, dbias: ReferenceBuffer?
  ) {
    let batch = input.batch
    let slots = shape.layout.slots
    if region == .whole, let dtable {
      fill(dtable, with: 0, count: shape.layout.features * shape.width)
    }
    for (place, id) in input.occurrences.ids.enumerated() {
      guard let dtable else { break }
      let sums = dtable.row(region == .whole ? Int(id) : place, width: shape.width)
      sums.update(repeating: 0)
      for position in input.occurrences.positions(of: place) {
        let value = batch.value(at: position)
        let gradient = dy.row(position / slots, width: shape.outputWidth)
        let column = shape.outputColumn(ofSlot: position % slots)
        for j in sums.indices { sums[j] += value * gradient[column + j] }
      }
    }
    guard let dbias else { return }
    fill(dbias, with: 0, count: shape.outputWidth)
    for b in 0..<batch.rows {
      for j in 0..<shape.outputWidth { dbias[j] += dy[b * shape.outputWidth + j] }
    }
  }
}

extension Batch {
  /// x of a place in [rows × slots].
  fileprivate func value(at place: Int) -> Double { values.map { Double($0[place]) } ?? 1 }
}
