import Foundation
import Kernels
import OpenCL

/// Sigmoid cross-entropy on logits z, [rows × 1], with the batch's labels t and sample weights w:
/// `ℓ_b = max(z,0) − z·t + ln(1 + e^−|z|)`, loss = Σ w·ℓ / Σ w, and `dz = w·(σ(z) − t) / Σ w`.
///
/// The batch's loss is written to the first and added to the second scalar of ``Operand/loss``; a batch without
/// rows or weight has loss 0.
struct CrossEntropy: Step {
  let logits: Value

  var section: String { Section.loss }

  func memory(capacity: Int) -> [Reservation] {
    [
      Reservation(.value(logits), "logits", .activations, count: capacity * logits.width),
      Reservation(.gradient(of: logits), "logits", .gradients, count: capacity * logits.width),
      Reservation(.loss, "loss", .activations, count: 2),
    ]
  }

  func run(_ pass: ReferencePass) {
    let batch = pass.input.batch
    let (z, dz, loss) = (pass[logits], pass.gradient(of: logits), pass[.loss])
    let total = batch.totalWeight
    loss[0] = 0
    for b in 0..<batch.rows {
      let t = Double(batch.labels[b])
      let share = total > 0 ? Double(batch.weights?[b] ?? 1) / total : 0
      loss[0] += share * (max(z[b], 0) - z[b] * t + log1p(exp(-abs(z[b]))))
      dz[b] = share * (Activation.sigmoid.value(z[b]) - t)
    }
    loss[1] += loss[0]
  }

  /// The chunks' losses.
  func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { backend.chunks(capacity) }

  func run(_ pass: DevicePass) throws {
    let (input, backend) = (pass.input, pass.backend)
    let arguments: KernelArguments = [
      "rows": input.rows, "logits": pass[logits], "labels": input.labels,
      "weights": input.weights, "weighted": input.isWeighted ? 1 : 0,
      "inverse_weight": input.inverseWeight, "dlogits": pass.gradient(of: logits),
      "sums": pass.scratch,
    ]
    guard backend.library.tuning.sharesLocalMemory else {
      let chunks = backend.chunks(pass.rows)
      try pass.runChunks("cross_entropy", of: "cross_entropy", items: chunks, arguments)
      return try add(chunks, of: "cross_entropy", pass)
    }
    // A row a work-item, or several in large batches; a sum a work-group.
    let groups = min(backend.chunks(pass.rows), backend.residentItems / KernelLibrary.chunk)
    try pass.run(
      "cross_entropy", of: "cross_entropy_gpu", items: groups * KernelLibrary.chunk, arguments)
    try add(groups, of: "cross_entropy_gpu", pass)
  }

  private func add(_ count: Int, of source: KernelSource, _ pass: DevicePass) throws {
    try pass.run(
      "add_loss", of: source, items: 1,
      [
        "count": count, "sums": pass.scratch, "inverse_weight": pass.input.inverseWeight,
        "loss": pass[.loss],
      ])
  }
}
