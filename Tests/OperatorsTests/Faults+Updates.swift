import Data
import OpenCL

@testable import Operators

extension Fault {
  /// Runs what follows gradients, and what is fused with it, in the wrong way.
  func update(_ step: any Step, _ pass: ReferencePass) throws {
    switch (self, step) {
    case (.uniqueIDsDropLast, let step as FindUniqueIDs):
      step.run(pass)
      pass.input.unique = UniqueIDs(of: pass.input.batch.ids.dropLast())
    case (.lossIgnoresWeights, let step as CrossEntropy):
      let batch = pass.input.batch
      pass.input.batch = Batch(
        layout: batch.layout, ids: batch.ids, values: batch.values, labels: batch.labels)
      step.run(pass)
      pass.input.batch = batch
    case (.lossNotAddedUp, let step as CrossEntropy):
      let before = pass[.loss][1]
      step.run(pass)
      pass[.loss][1] = before
    case (.imitationIgnoresWeights, let step as Imitation):
      let batch = pass.input.batch
      pass.input.batch = Batch(
        layout: batch.layout, ids: batch.ids, values: batch.values, labels: batch.labels)
      step.run(pass)
      pass.input.batch = batch
    case (.meanOfLogits, let step as MeanOfPasses):
      let z = pass[step.passes]
      for b in 0..<pass.rows { pass[step.mean][b] = (z[b] + z[pass.rows + b]) / 2 }
    case (.firstCopyCountsAlone, let step as RepeatRows.Fold):
      let (dy, count) = (
        pass[.gradient(ofCopiesOf: step.value)], pass.rows * step.value.width
      )
      for place in count..<2 * count { dy[place] = 0 }
      step.run(pass)
    case (.penaltyOnOneRowTooMany, let step as Penalize):
      step.run(pass)
      let count = pass.input.unique.count * step.target.parameter.columns
      guard step.target.region == .touched, count > 0 else { return }
      pass.gradient(of: step.target.parameter)[count - 1] *= 1.001
    case (.clipSkipsLastGradient, var step as ClipNorm) where step.gradients.count > 1:
      step.gradients.removeLast()
      step.run(pass)
    case (.rowClipIgnoresCounts, let step as ClipRows):
      let unique = pass.input.unique
      pass.input.unique = UniqueIDs(of: unique.ids)
      step.run(pass)
      pass.input.unique = unique
    case (.momentsNotCorrected, let step as OptimizerUpdate):
      pass.step += 1
      step.run(pass)
      pass.step -= 1
    case (.touchesAnotherRow, let step as OptimizerUpdate) where step.target.region == .touched:
      step.run(pass)
      pass[step.target.parameter][step.target.parameter.count - 1] *= 1 + 1e-7
    case (.rowwiseMeanTakenAsSum, let step as OptimizerUpdate) where step.target.region == .touched:
      step.run(pass)
      guard let id = pass.input.unique.ids.first, step.optimizer is RowwiseAdagrad
      else { return }
      pass[.state(0, of: step.target.parameter)][Int(id)] *= 1.5
    default: try fused(step, pass)
    }
  }

  private func fused(_ step: any Step, _ pass: ReferencePass) throws {
    switch (self, step) {
    case (.embeddingUpdateForgetsL2, var step as EmbeddingUpdate):
      step.l2 = 0
      step.run(pass)
    case (.wholeUpdateLeavesAbsentRows, let step as EmbeddingUpdate) where step.region == .whole:
      // The last feature never occurs.
      let (last, table) = (step.table.count - 1, pass[step.table])
      let before = table[last]
      step.run(pass)
      table[last] = before
    case (.tablesRoundedOtherwise, let step as EmbeddingUpdate):
      step.run(pass)
      // To the other neighbour, or one next to it.
      let weights = pass[step.table]
      for place in 0..<step.table.count where step.region == .whole {
        weights[place] = Double(Float(BFloat16(nearest: Float(weights[place] * (1 + 0x1p-7)))))
      }
    case (.tableNormOfTouchedRows, let step as EmbeddingSums):
      step.run(pass)
      guard step.update.isBounded else { return }
      let (table, width) = (step.update.table, step.update.shape.width)
      for place in 0..<table.count
      where !pass.input.batch.ids.contains(Int32(place / width)) && step.update.region == .whole {
        let g = Double(step.update.l2) * pass[table][place]
        pass[.squares(of: table)][0] -= g * g
      }
    case (.fusedFMForgetsBias, let step as FusedFM.Forward):
      try step.run(pass)
      for row in 0..<pass.rows {
        pass[step.machine.sum.output][row] -= pass[step.machine.bias][0]
      }
    case (.fusedFMUpdateForgetsRow, let step as FusedFM.Update):
      let (table, width) = (pass[step.embedding.table], step.machine.width)
      let id = pass.input.batch.ids.first { $0 >= 0 } ?? 0
      let before = Array(table.row(Int(id), width: width))
      try step.run(pass)
      for j in 0..<width { table[Int(id) * width + j] = before[j] }
    case (.fusedFMUpdateForgetsWeights, let step as FusedFM.Update):
      let weights = pass[step.firstOrder.table]
      let before = Array(weights.row(0, width: step.firstOrder.table.count))
      try step.run(pass)
      for (place, weight) in before.enumerated() { weights[place] = weight }
    default: try step.run(pass)
    }
  }

  /// The entries of the table that must fail.
  var operators: [String] {
    switch self {
    case .lookupForgetsBias: ["first-order"]
    case .lookupDropsLastRow, .gradientLeavesAbsentRows, .gradientLeavesDuplicate,
      .uniqueIDsDropLast:
      ["embedding", "first-order"]
    case .interactionOverwrites: ["interaction"]
    case .denseSkipsLastRow, .biasGradientSkipsLastRow, .gradientBelowForgotten: ["dense"]
    case .fieldDenseSkipsSmallField, .fieldDenseGradientSkipsSmallField: ["field dense"]
    case .dropoutOfAnotherLayer, .dropoutForgottenBackward: ["activation"]
    case .runningVarianceBiased, .varianceTakenAsConstant, .inferenceUsesBatch: ["batch norm"]
    case .innerProductOfOneCoordinateLess, .thetaGradientOverwritten: ["inner product"]
    case .pairTakenTwice, .pairGradientOneSided: ["pair products"]
    case .fieldSumSkipsLastField: ["field sum"]
    case .outerTakenAsSymmetric: ["outer product"]
    case .multiplyOverwrites: ["product"]
    case .sliceLeavesOthers: ["slice"]
    case .frozenFieldTrained, .frozenTableShifted: ["frozen fields"]
    case .attentionIsMean, .attentionTargetUntrained: ["target attention"]
    case .concatenateForgetsLast: ["concatenate"]
    case .mixingTakenAsSymmetric: ["field mixing"]
    case .scaleForgottenBackward: ["scale"]
    case .gateOfAnotherField: ["field gate"]
    case .bilinearHeadsMixed: ["bilinear"]
    case .rowFactorForgotten: ["row scale"]
    case .maskForgottenBackward: ["column mask"]
    case .halvesNotMultiplied, .halvesProductOneSided: ["halves' product"]
    case .unitWeighsAlike, .unitForgetsTarget: ["activation unit"]
    case .meanOfLogits: ["mean of passes"]
    case .imitationIgnoresWeights: ["imitation"]
    case .firstCopyCountsAlone: ["self-ensemble"]
    case .sumSkipsLastTerm, .sumGradientOverwrites: ["sum"]
    case .lossIgnoresWeights, .lossNotAddedUp: ["cross-entropy"]
    case .penaltyOnOneRowTooMany: ["L2"]
    case .tablesRoundedOtherwise: ["bfloat16 tables"]
    case .clipSkipsLastGradient: ["clipping"]
    case .rowClipIgnoresCounts: ["row clipping"]
    case .rowwiseMeanTakenAsSum: ["row-wise Adagrad"]
    case .momentsNotCorrected: ["Adam"]
    case .embeddingUpdateForgetsL2: ["embedding update"]
    case .wholeUpdateLeavesAbsentRows, .tableNormOfTouchedRows: ["whole embedding update"]
    case .fusedFMForgetsBias, .fusedFMUpdateForgetsRow, .fusedFMUpdateForgetsWeights: ["fused FM"]
    case .touchesAnotherRow: OptimizerRegistry.builtIn.map { $0.title }
    }
  }
}
