import Data

@testable import Operators

/// Ways in which an operator can be wrong, one for each operator.
enum Fault: String, CaseIterable {
  case lookupForgetsBias, lookupDropsLastRow, gradientLeavesAbsentRows, gradientLeavesDuplicate
  case interactionOverwrites, denseSkipsLastRow, biasGradientSkipsLastRow, gradientBelowForgotten
  case innerProductOfOneCoordinateLess, thetaGradientOverwritten
  case pairTakenTwice, pairGradientOneSided
  case fieldSumSkipsLastField, outerTakenAsSymmetric, multiplyOverwrites
  case dropoutOfAnotherLayer, dropoutForgottenBackward
  case runningVarianceBiased, varianceTakenAsConstant, inferenceUsesBatch
  case sumSkipsLastTerm, passOverwrites, lossIgnoresWeights, lossNotAddedUp
  case penaltyOnOneRowTooMany, clipSkipsLastGradient, momentsNotCorrected, touchesAnotherRow
  case rowClipIgnoresCounts, rowwiseMeanTakenAsSum
  case tableStepForgetsL2, wholeStepLeavesAbsentRows, tableNormOfTouchedRows, machineForgetsBias
}

/// The reference with one operator made wrong: what the check must not let pass.
final class FaultyBackend: Backend {
  let fault: Fault
  let right = ReferenceBackend()
  let memoryLimits: MemoryLimits? = nil

  init(_ fault: Fault) { self.fault = fault }

  var description: String { "faulty: \(fault)" }
  func makeBuffer(_ label: String, count: Int) -> ReferenceBuffer { ReferenceBuffer(count: count) }
  func makeInput(layout: BatchLayout, capacity: Int, groupsIds: Bool) -> ReferenceInput {
    ReferenceInput(layout: layout)
  }
  func upload(_ batch: Batch, to input: ReferenceInput) { right.upload(batch, to: input) }
  func write(_ values: [Double], to buffer: ReferenceBuffer, at offset: Int) {
    right.write(values, to: buffer, at: offset)
  }
  func read(_ buffer: ReferenceBuffer, count: Int) -> [Double] { right.read(buffer, count: count) }
  func fill(_ buffer: ReferenceBuffer, with value: Float, count: Int) {
    right.fill(buffer, with: value, count: count)
  }
  func finish() {}
  func scratch(for operation: any Operation, capacity: Int) -> Int { 0 }
  func reserveScratch(count: Int) {}

  func lookup(
    _ shape: Lookup, input: ReferenceInput, table: ReferenceBuffer, bias: ReferenceBuffer?,
    y: ReferenceBuffer
  ) {
    let bias = fault == .lookupForgetsBias ? nil : bias
    right.lookup(shape, input: input, table: table, bias: bias, y: y)
    if fault == .lookupDropsLastRow, input.rows > 1 {
      for j in 0..<shape.outputWidth { y[(input.rows - 1) * shape.outputWidth + j] = 0 }
    }
  }

  func groupIds(_ input: ReferenceInput) { right.groupIds(input) }

  func distinctIds(_ input: ReferenceInput) -> Int { right.distinctIds(input) }

  func lookupGradient(
    _ shape: Lookup, input: ReferenceInput, dy: ReferenceBuffer, region: TableRegion,
    dtable: ReferenceBuffer?, dbias: ReferenceBuffer?
  ) {
    right.lookupGradient(
      shape, input: input, dy: dy, region: region, dtable: dtable, dbias: dbias)
    guard let dtable else { return }
    if fault == .gradientLeavesAbsentRows, region == .whole {
      dtable[shape.layout.features * shape.width - 1] = 1e-30
    }
    if fault == .gradientLeavesDuplicate, input.occurrences.count < input.rows { dtable[0] *= 1.01 }
  }

  func machine(
    _ shape: Lookup, input: ReferenceInput, table: ReferenceBuffer, weights: ReferenceBuffer,
    bias: ReferenceBuffer, sums: ReferenceBuffer, y: ReferenceBuffer
  ) throws {
    try right.machine(
      shape, input: input, table: table, weights: weights, bias: bias, sums: sums, y: y)
    guard fault == .machineForgetsBias else { return }
    for row in 0..<input.rows { y[row] -= bias[0] }
  }

  func updateTable(_ step: TableStep<ReferenceBuffer>, input: ReferenceInput) throws {
    var step = step
    if fault == .tableStepForgetsL2 { step.l2 = 0 }
    let last = step.shape.layout.features * step.shape.width - 1
    let before = step.table[last]
    try right.updateTable(step, input: input)
    // The last feature never occurs.
    if fault == .wholeStepLeavesAbsentRows, step.region == .whole { step.table[last] = before }
  }

  func sumTable(_ step: TableStep<ReferenceBuffer>, input: ReferenceInput) throws {
    try right.sumTable(step, input: input)
    guard fault == .tableNormOfTouchedRows, let squares = step.squares else { return }
    for place in 0..<step.shape.layout.features * step.shape.width
    where !input.batch.ids.contains(Int32(place / step.shape.width)) && step.region == .whole {
      squares[0] -= step.gradient[place] * step.gradient[place]
    }
  }

  func interaction(
    _ shape: Interaction.Shape, rows: Int, e: ReferenceBuffer, y: ReferenceBuffer
  ) {
    right.interaction(shape, rows: rows, e: e, y: y)
  }

  func interactionGradient(
    _ shape: Interaction.Shape, rows: Int, e: ReferenceBuffer, dy: ReferenceBuffer,
    de: GradientTarget<ReferenceBuffer>
  ) {
    let target = fault == .interactionOverwrites ? GradientTarget(de.buffer) : de
    right.interactionGradient(shape, rows: rows, e: e, dy: dy, de: target)
  }

  func dense(
    _ shape: Dense.Shape, rows: Int, x: ReferenceBuffer, weight: ReferenceBuffer,
    bias: ReferenceBuffer?, epilogue: Epilogue, y: ReferenceBuffer
  ) {
    right.dense(
      shape, rows: fault == .denseSkipsLastRow && rows % 8 == 7 ? rows - 1 : rows, x: x,
      weight: weight, bias: bias, epilogue: epilogue, y: y)
  }

  func denseGradient(
    _ shape: Dense.Shape, rows: Int, x: ReferenceBuffer, weight: ReferenceBuffer,
    epilogue: Epilogue, y: ReferenceBuffer, dy: ReferenceBuffer,
    dx: GradientTarget<ReferenceBuffer>?, below: Epilogue, dweight: ReferenceBuffer,
    dbias: ReferenceBuffer?
  ) {
    right.denseGradient(
      shape, rows: rows, x: x, weight: weight, epilogue: epilogue, y: y, dy: dy, dx: dx,
      below: fault == .gradientBelowForgotten ? .none : below, dweight: dweight, dbias: dbias)
    if fault == .biasGradientSkipsLastRow, rows > 0, let dbias {
      dbias[0] -= dy[(rows - 1) * shape.outputs]
    }
  }

  func activate(
    _ epilogue: Epilogue, width: Int, rows: Int, x: ReferenceBuffer, y: ReferenceBuffer
  ) {
    var epilogue = epilogue
    if fault == .dropoutOfAnotherLayer, let dropout = epilogue.dropout {
      epilogue.dropout = Dropout(
        rate: dropout.rate, seed: dropout.seed, step: dropout.step, layer: dropout.layer + 1)
    }
    right.activate(epilogue, width: width, rows: rows, x: x, y: y)
  }

  func activateGradient(
    _ epilogue: Epilogue, width: Int, rows: Int, y: ReferenceBuffer, dy: ReferenceBuffer,
    dx: GradientTarget<ReferenceBuffer>
  ) {
    let used = fault == .dropoutForgottenBackward ? Epilogue(epilogue.activation) : epilogue
    right.activateGradient(used, width: width, rows: rows, y: y, dy: dy, dx: dx)
  }

  func normalize(
    _ shape: Normalization.Shape, rows: Int, x: ReferenceBuffer,
    parameters: NormalizationBuffers<ReferenceBuffer>, saved: ReferenceBuffer, training: Bool,
    epilogue: Epilogue, y: ReferenceBuffer
  ) {
    let before = read(parameters.variance, count: shape.width)
    right.normalize(
      shape, rows: rows, x: x, parameters: parameters, saved: saved,
      training: training || fault == .inferenceUsesBatch, epilogue: epilogue, y: y)
    if fault == .runningVarianceBiased, training, rows > 1 {
      for j in 0..<shape.width {
        let moved = parameters.variance[j] - before[j] * (1 - Double(shape.momentum))
        parameters.variance[j] -= moved / Double(rows)
      }
    }
  }

  func normalizeGradient(
    _ shape: Normalization.Shape, rows: Int, x: ReferenceBuffer, gamma: ReferenceBuffer,
    saved: ReferenceBuffer, epilogue: Epilogue, y: ReferenceBuffer, dy: ReferenceBuffer,
    dx: GradientTarget<ReferenceBuffer>, dgamma: ReferenceBuffer, dbeta: ReferenceBuffer
  ) {
    let before = read(dx.buffer, count: rows * shape.width)
    right.normalizeGradient(
      shape, rows: rows, x: x, gamma: gamma, saved: saved, epilogue: epilogue, y: y, dy: dy,
      dx: dx, dgamma: dgamma, dbeta: dbeta)
    guard fault == .varianceTakenAsConstant, !dx.accumulates else { return }
    write(before, to: dx.buffer, at: 0)
    for place in 0..<rows * shape.width {
      let j = place % shape.width
      dx.put(gamma[j] * saved[shape.width + j] * (dy[place] - dbeta[j] / Double(rows)), at: place)
    }
  }

  func sum(_ terms: [ReferenceBuffer], count: Int, y: ReferenceBuffer) {
    let used = fault == .sumSkipsLastTerm && terms.count > 2 ? Array(terms.dropLast()) : terms
    right.sum(used, count: count, y: y)
  }

  func passGradient(dy: ReferenceBuffer, dx: GradientTarget<ReferenceBuffer>, count: Int) {
    let target = fault == .passOverwrites ? GradientTarget(dx.buffer) : dx
    right.passGradient(dy: dy, dx: target, count: count)
  }

  func crossEntropy(
    input: ReferenceInput, logits: ReferenceBuffer, loss: ReferenceBuffer, dlogits: ReferenceBuffer
  ) {
    let batch = input.batch
    let before = loss[1]
    if fault == .lossIgnoresWeights {
      input.batch = Batch(
        layout: batch.layout, ids: batch.ids, values: batch.values, labels: batch.labels)
    }
    right.crossEntropy(input: input, logits: logits, loss: loss, dlogits: dlogits)
    input.batch = batch
    if fault == .lossNotAddedUp { loss[1] = before }
  }

  func penalize(
    _ lambda: Float, weight: ReferenceBuffer, gradient: ReferenceBuffer,
    extent: Extent<ReferenceInput>
  ) {
    right.penalize(lambda, weight: weight, gradient: gradient, extent: extent)
    if fault == .penaltyOnOneRowTooMany, case .touched(let input, let width) = extent,
      input.occurrences.count > 0
    {
      gradient[input.occurrences.count * width - 1] *= 1.001
    }
  }

  func clip(
    _ gradients: [(buffer: ReferenceBuffer, extent: Extent<ReferenceInput>)],
    squares: [(buffer: ReferenceBuffer, count: Int)], limit: Float, scale: ReferenceBuffer
  ) {
    let used =
      fault == .clipSkipsLastGradient && gradients.count > 1
      ? Array(gradients.dropLast()) : gradients
    right.clip(used, squares: squares, limit: limit, scale: scale)
  }

  func clipRows(
    _ clip: RowClip, width: Int, input: ReferenceInput, region: TableRegion,
    weight: ReferenceBuffer, gradient: ReferenceBuffer
  ) {
    guard fault == .rowClipIgnoresCounts else {
      return right.clipRows(
        clip, width: width, input: input, region: region, weight: weight, gradient: gradient)
    }
    let ids = input.occurrences.ids
    let once = ReferenceInput(
      layout: BatchLayout(
        features: input.batch.layout.features, fields: 1, slotFields: [0], weighted: false))
    once.batch = Batch(
      layout: once.batch.layout, ids: ids, labels: ids.map { _ in 0 })
    right.groupIds(once)
    right.clipRows(
      clip, width: width, input: once, region: region, weight: weight, gradient: gradient)
  }

  func update(
    _ optimizer: Optimizer, rate: Float, step: Int, weight: ReferenceBuffer,
    gradient: ReferenceBuffer, state: [ReferenceBuffer], scale: ReferenceBuffer,
    extent: Extent<ReferenceInput>
  ) {
    right.update(
      optimizer, rate: rate, step: fault == .momentsNotCorrected ? step + 1 : step,
      weight: weight, gradient: gradient, state: state, scale: scale, extent: extent)
    if fault == .rowwiseMeanTakenAsSum, case .rowwiseAdagrad = optimizer,
      case .touched(let input, _) = extent, let id = input.occurrences.ids.first
    {
      state[0][Int(id)] *= 1.5
    }
    if fault == .touchesAnotherRow, case .touched(let input, let width) = extent {
      weight[input.batch.layout.features * width - 1] *= 1 + 1e-7
    }
  }
}
