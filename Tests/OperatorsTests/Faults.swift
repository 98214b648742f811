import Data

@testable import Operators

/// Ways in which a step can be wrong: what the check must not let pass.
enum Fault: String, CaseIterable {
  case lookupForgetsBias, lookupDropsLastRow, gradientLeavesAbsentRows, gradientLeavesDuplicate
  case uniqueIDsDropLast, interactionOverwrites
  case denseSkipsLastRow, biasGradientSkipsLastRow, gradientBelowForgotten
  case fieldDenseSkipsSmallField, fieldDenseGradientSkipsSmallField
  case innerProductOfOneCoordinateLess, thetaGradientOverwritten
  case pairTakenTwice, pairGradientOneSided
  case fieldSumSkipsLastField, outerTakenAsSymmetric, multiplyOverwrites
  case dropoutOfAnotherLayer, dropoutForgottenBackward
  case runningVarianceBiased, varianceTakenAsConstant, inferenceUsesBatch
  case sliceLeavesOthers, concatenateForgetsLast, mixingTakenAsSymmetric, scaleForgottenBackward
  case gateOfAnotherField, bilinearHeadsMixed, rowFactorForgotten, maskForgottenBackward,
    halvesNotMultiplied, halvesProductOneSided
  case frozenFieldTrained, frozenTableShifted, attentionIsMean, attentionTargetUntrained
  case unitWeighsAlike, unitForgetsTarget
  case meanOfLogits, imitationIgnoresWeights, firstCopyCountsAlone
  case sumSkipsLastTerm, sumGradientOverwrites, lossIgnoresWeights, lossNotAddedUp
  case penaltyOnOneRowTooMany, clipSkipsLastGradient, rowClipIgnoresCounts
  case momentsNotCorrected, touchesAnotherRow, rowwiseMeanTakenAsSum
  case embeddingUpdateForgetsL2, wholeUpdateLeavesAbsentRows, tableNormOfTouchedRows
  case tablesRoundedOtherwise
  case fusedFMForgetsBias, fusedFMUpdateForgetsRow, fusedFMUpdateForgetsWeights

  /// A reference that does all but this right, with the fused steps of a CPU.
  func backend() -> ReferenceBackend {
    let backend = ReferenceBackend()
    backend.fusion = Fusion(multipliesFieldsByID: true, updatesEmbeddings: true, widestFM: 63)
    backend.fault = { step, pass in
      switch step {
      case let step as Forward: try forward(step.operation, pass)
      case let step as Backward: try backward(step.operation, pass)
      default: try update(step, pass)
      }
    }
    return backend
  }

  private func forward(_ operation: any Operation, _ pass: ReferencePass) throws {
    let (y, rows) = (pass[operation.output], pass.rows)
    let width = operation.output.width
    switch (self, operation) {
    case (.denseSkipsLastRow, is Dense) where rows % 8 == 7:
      let last = Array(y.row(rows - 1, width: width))
      try operation.forward(pass)
      for j in 0..<width { y[(rows - 1) * width + j] = last[j] }
    case (.dropoutOfAnotherLayer, let activate as Activate):
      let spec = activate.epilogue
      Activate(
        input: activate.input,
        epilogue: EpilogueSpec(
          activation: spec.activation, dropout: spec.dropout, layer: spec.layer + 1),
        output: activate.output
      ).forward(pass)
    case (.inferenceUsesBatch, is Normalization):
      let training = pass.isTraining
      pass.isTraining = true
      defer { pass.isTraining = training }
      try operation.forward(pass)
    case (.runningVarianceBiased, let norm as Normalization) where pass.isTraining && rows > 1:
      let before = Array(pass[norm.variance].row(0, width: width))
      norm.forward(pass)
      for j in 0..<width {
        let moved = pass[norm.variance][j] - before[j] * (1 - Double(norm.shape.momentum))
        pass[norm.variance][j] -= moved / Double(rows)
      }
    case (.sumSkipsLastTerm, let sum as Sum) where sum.inputs.count > 2:
      Sum(inputs: sum.inputs.dropLast(), output: sum.output).forward(pass)
    default:
      try operation.forward(pass)
      spoil(operation, pass, y)
    }
  }

  /// Takes something from a right output.
  private func spoil(_ operation: any Operation, _ pass: ReferencePass, _ y: ReferenceBuffer) {
    let (rows, width) = (pass.rows, operation.output.width)
    switch (self, operation) {
    case (.lookupForgetsBias, let lookup as FirstOrder):
      for b in 0..<rows { y[b] -= pass[lookup.bias!][0] }
    case (.lookupDropsLastRow, is any TableLookup) where rows > 1:
      for j in 0..<width { y[(rows - 1) * width + j] = 0 }
    case (.fieldDenseSkipsSmallField, let byID as FieldDense) where byID.dense.epilogue.dropout == 0:
      let (field, k) = (byID.shape.small[0].number, byID.shape.width)
      for b in 0..<rows {
        y[b * width] -=
          pass[byID.dense.input][(b * byID.shape.layout.fields + field) * k]
          * pass[byID.dense.weight][field * k * width]
      }
    case (.innerProductOfOneCoordinateLess, let inner as InnerProduct) where inner.shape.width > 8:
      let (e, theta, shape) = (pass[inner.embedding], pass[inner.theta], inner.shape)
      for b in 0..<rows {
        for n in 0..<width {
          let s = (0..<shape.fields).reduce(0) {
            $0 + theta[$1 * width + n] * e[(b * shape.fields + $1 + 1) * shape.width - 1]
          }
          y[b * width + n] -= s * s
        }
      }
    case (.frozenTableShifted, let fields as FrozenFields) where rows > 0:
      y[fields.frozen[0].number * fields.width] = pass[fields.table][0]
    case (.attentionIsMean, let attention as TargetAttention) where rows > 0:
      let history = attention.histories[0]
      y[history.number * attention.width] = history.slots.reduce(0) {
        $0 + pass[attention.vectors][$1 * attention.width]
      }
    case (.pairTakenTwice, let pairs as PairProducts) where rows > 0 && pairs.shape.pairs > 2:
      y[1] = y[0]
    case (.fieldSumSkipsLastField, let sum as FieldSum):
      for b in 0..<rows {
        for j in 0..<width {
          y[b * width + j] -=
            pass[sum.embedding][((b + 1) * sum.shape.fields - 1) * width + j]
        }
      }
    case (.gateOfAnotherField, let gate as FieldGate) where gate.shape.fields > 1 && rows > 0:
      y[0] = pass[gate.embedding][0] * y[width - 1] / pass[gate.embedding][width - 1]
    case (.bilinearHeadsMixed, let form as Bilinear) where form.heads > 1 && rows > 0:
      y[0] +=
        pass[form.first][0] * pass[form.weight][0]
        * (pass[form.second][form.secondWidth] - pass[form.second][0])
    case (.halvesNotMultiplied, let halves as HalvesProduct) where rows > 0:
      y[width - 1] = pass[halves.input][width - 1]
    case (.unitWeighsAlike, is ActivationUnit):
      for place in 0..<rows * width { y[place] = 1 }
    case (.concatenateForgetsLast, is Concatenate) where rows > 0: y[rows * width - 1] = 0
    default: break
    }
  }

  private func backward(_ operation: any Operation, _ pass: ReferencePass) throws {
    let (dy, rows) = (pass.gradient(of: operation.output), pass.rows)
    switch (self, operation) {
    case (.interactionOverwrites, is Interaction), (.sumGradientOverwrites, is Sum),
      (.multiplyOverwrites, is Multiply):
      // As if each operation were the first to write to its input's gradient.
      if let product = operation as? Multiply, product.first == product.second {
        let last = (0..<rows * product.output.width).map { dy[$0] * pass[product.first][$0] }
        try operation.backward(pass)
        for (place, slope) in last.enumerated() { pass.gradient(of: product.first)[place] = slope }
      } else if operation.inputs.count > 1, operation.inputs[0] == operation.inputs[1] {
        try operation.backward(pass)
        for place in 0..<rows * operation.output.width {
          pass.gradient(of: operation.inputs[0])[place] = dy[place]
        }
      } else {
        pass.beginBackward()
        try operation.backward(pass)
      }
    case (.gradientBelowForgotten, var dense as Dense):
      dense.fusedEpilogue = nil
      dense.backward(pass)
    case (.dropoutForgottenBackward, let activate as Activate):
      let spec = EpilogueSpec(activation: activate.epilogue.activation, dropout: 0, layer: 0)
      Activate(input: activate.input, epilogue: spec, output: activate.output).backward(pass)
    case (.unitForgetsTarget, let unit as ActivationUnit):
      let (dh, first) = (pass.gradient(of: unit.vectors), unit.list.target * unit.width)
      let before = (0..<rows * unit.width).map { place in
        dh[place / unit.width * unit.vectors.width + first + place % unit.width]
      }
      try operation.backward(pass)
      for (place, slope) in before.enumerated() {
        dh[place / unit.width * unit.vectors.width + first + place % unit.width] = slope
      }
    case (.rowFactorForgotten, is RowScale):
      try operation.backward(pass)
      for b in 0..<rows { pass.gradient(of: operation.inputs[1])[b] = 0 }
    case (.maskForgottenBackward, let mask as ColumnMask):
      let (dy, dx) = (pass.gradient(of: mask.output), pass.target(for: mask.input))
      for place in 0..<rows * mask.output.width { dx.put(dy[place], at: place) }
    case (.scaleForgottenBackward, let scale as Scale):
      Scale(input: scale.input, factor: 1, output: scale.output).backward(pass)
    case (.outerTakenAsSymmetric, let outer as OuterProduct):
      let dx = pass.target(for: outer.input)
      let width = outer.input.width
      for place in 0..<rows * width {
        let row = place / width
        dx.put(
          (0..<width).reduce(0) {
            $0 + 2 * dy[place * width + $1] * pass[outer.input][row * width + $1]
          }, at: place)
      }
    case (.varianceTakenAsConstant, let norm as Normalization):
      norm.backward(pass)
      let (dx, width) = (pass.gradient(of: norm.input), norm.shape.width)
      for place in 0..<rows * width {
        let j = place % width
        dx[place] =
          pass[norm.gamma][j] * pass[norm.saved][width + j]
          * (dy[place] - pass.gradient(of: norm.beta)[j] / Double(rows))
      }
    default:
      try operation.backward(pass)
      spoilGradient(operation, pass, dy)
    }
  }

  /// Takes something from a right gradient.
  private func spoilGradient(
    _ operation: any Operation, _ pass: ReferencePass, _ dy: ReferenceBuffer
  ) {
    let rows = pass.rows
    switch (self, operation) {
    case (.gradientLeavesAbsentRows, let lookup as any TableLookup)
    where pass.region(of: lookup.table) == .whole:
      pass.gradient(of: lookup.table)[lookup.table.count - 1] = 1e-30
    case (.gradientLeavesDuplicate, let lookup as any TableLookup)
    where pass.input.unique.count < rows:
      pass.gradient(of: lookup.table)[0] *= 1.01
    case (.biasGradientSkipsLastRow, let dense as Dense) where rows > 0 && dense.bias != nil:
      pass.gradient(of: dense.bias!)[0] -= dy[(rows - 1) * dense.shape.outputs]
    case (.fieldDenseGradientSkipsSmallField, let byID as FieldDense):
      let place = byID.shape.small[0].number * byID.shape.width * byID.shape.outputs
      pass.gradient(of: byID.dense.weight)[place] = 0
    case (.thetaGradientOverwritten, let inner as InnerProduct) where rows > 16:
      // As if only the last piece of a batch counted.
      for place in 0..<inner.theta.count { pass.gradient(of: inner.theta)[place] /= 2 }
    case (.pairGradientOneSided, let pairs as PairProducts) where rows > 0:
      // The last field is the first of no pair.
      for j in 1...pairs.shape.width {
        pass.gradient(of: pairs.embedding)[rows * pairs.embedding.width - j] = 0
      }
    case (.frozenFieldTrained, let fields as FrozenFields) where rows > 0:
      let de = pass.gradient(of: fields.embedding)
      let first = fields.frozen[0].number * fields.width
      for j in first..<first + fields.width { de[j] += pass.gradient(of: fields.output)[j] }
    case (.attentionTargetUntrained, let attention as TargetAttention) where rows > 0:
      // As if the scores were given.
      let slot = attention.histories[0].target
      let field = attention.layout.slotFields[slot]
      for j in 0..<attention.width {
        pass.gradient(of: attention.vectors)[slot * attention.width + j] =
          dy[field * attention.width + j]
      }
    case (.halvesProductOneSided, let halves as HalvesProduct) where rows > 0:
      // As if the second half were given.
      pass.gradient(of: halves.input)[halves.output.width - 1] = 0
    case (.sliceLeavesOthers, let slice as Slice) where rows > 0 && slice.columns.lowerBound > 0:
      pass.gradient(of: slice.input)[0] += 777
    case (.mixingTakenAsSymmetric, let mixing as FieldMixing) where mixing.shape.fields > 1:
      let dweight = pass.gradient(of: mixing.weight)
      (dweight[1], dweight[mixing.shape.fields]) = (dweight[mixing.shape.fields], dweight[1])
    default: break
    }
  }
}
