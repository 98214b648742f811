import Foundation

extension ReferenceBackend {
  // ℓ_b = max(z,0) − z·t + ln(1 + e^−|z|), loss = Σ w·ℓ / Σ w, dz = w·(σ(z) − t) / Σ w
  public func crossEntropy(
    input: ReferenceInput, logits: ReferenceBuffer, loss: ReferenceBuffer, dlogits: ReferenceBuffer
  ) {
    let batch = input.batch
    let total = batch.totalWeight
    loss[0] = 0
    for b in 0..<batch.rows {
      let (z, t) = (logits[b], Double(batch.labels[b]))
      let share = total > 0 ? Double(batch.weights?[b] ?? 1) / total : 0
      loss[0] += share * (max(z, 0) - z * t + log1p(exp(-abs(z))))
      dlogits[b] = share * (Activation.sigmoid.value(z) - t)
    }
    loss[1] += loss[0]
  }
}
