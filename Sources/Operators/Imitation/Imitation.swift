/// A term of the loss: the cross-entropy of a logit s, the student, with the probability of another, the teacher z,
/// which is taken as given: `weight · Σ_b w_b · CE(σ(s_b), sg(σ(z_b))) / Σ w`, w the sample weights.
///
/// `ds += weight · w·(σ(s) − σ(z)) / Σ w`; nothing by z. The loss that is reported leaves it out.
package struct Imitation: Step {
  /// s, [rows × 1] for each of its copies.
  let student: Value
  /// z, [rows × 1] for each of its copies.
  let teacher: Value
  /// How often the batch's rows are in s: of several copies each counts as much less.
  var studentCopies = 1
  /// How often the batch's rows are in z: once, for all copies of s, or as often.
  var teacherCopies = 1
  /// The weight of the term.
  var weight: Float = 1

  package var section: String { Section.loss }

  package func memory(capacity: Int) -> [Reservation] {
    [
      Reservation(.value(student), "student", .activations, count: studentCopies * capacity),
      Reservation(.value(teacher), "teacher", .activations, count: teacherCopies * capacity),
      Reservation(
        .gradient(of: student), "student", .gradients, count: studentCopies * capacity),
    ]
  }

  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func run(_ pass: ReferencePass) {
    let (batch, s, z) = (pass.input.batch, pass[student], pass[teacher])
    let (ds, rows, total) = (pass.target(for: student), pass.rows, batch.totalWeight)
    for place in 0..<studentCopies * rows {
      let w = Double(batch.weights?[place % rows] ?? 1)
      let share = total > 0 ? w / total * Double(weight) / Double(studentCopies) : 0
      let given = Activation.sigmoid.value(z[place % (teacherCopies * rows)])
      ds.put(share * (Activation.sigmoid.value(s[place]) - given), at: place)
    }
  }

  package func run(_ pass: DevicePass) throws {
    let (input, ds) = (pass.input, pass.target(for: student))
    try pass.run(
      "imitate", of: "imitation", items: studentCopies * pass.rows,
      [
        "rows": pass.rows, "places": studentCopies * pass.rows,
        "given": teacherCopies * pass.rows, "student": pass[student], "teacher": pass[teacher],
        "weights": input.weights, "weighted": input.isWeighted ? 1 : 0,
        "share": input.inverseWeight * weight / Float(studentCopies), "dstudent": ds.buffer,
        "accumulate": ds.accumulates ? 1 : 0,
      ])
  }
}

extension Graph {
  /// The mean of several logits, each of which the loss holds against it as well: with ŷ = σ(mean), taken as
  /// given, the loss is `CE(ŷ, t) + Σ_i CE(σ(y_i), sg(ŷ))`. Of a single one it is that one.
  ///
  /// - Parameter logits: y_i, each [rows × 1].
  /// - Returns: [rows × 1].
  public mutating func consensus(_ logits: [Value]) -> Value {
    guard logits.count > 1 else { return logits[0] }
    let mean = scale(sum(logits), by: 1 / Float(logits.count))
    imitations += logits.map { Imitation(student: $0, teacher: mean) }
    return mean
  }
}
