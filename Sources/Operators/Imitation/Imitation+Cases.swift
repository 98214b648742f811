extension OperatorTable {
  static let imitation = OperatorCases(
    product([(1, 1), (2, 1), (2, 2)], [nil, Distribution.positive]).map { copies, weights in
      OperatorCase(
        "imitation", "\(copies.0) of \(copies.1)\(weights == nil ? "" : ", weighted")",
        ImitationCase(students: copies.0, teachers: copies.1, weights: weights))
    })
}

/// The gradient of a term with a given probability.
private struct ImitationCase: CaseSetup {
  let students, teachers: Int
  let weights: Distribution?

  func prepare<B: Backend>(on backend: B, rows: Int) throws -> PreparedCase<B> {
    let ids = IdPattern.plain()
    var graph = Graph(layout: ids.layout)
    var step = Imitation(student: graph.makeValue(width: 1), teacher: graph.makeValue(width: 1))
    (step.studentCopies, step.teacherCopies, step.weight) = (students, teachers, 0.7)
    let batch = ids.batch(rows: rows, weights: weights)
    let pass = try Pass(for: [step], on: backend, batch)
    func slot(_ name: String, _ value: Value, copies: Int) -> PreparedCase<B>.Slot {
      PreparedCase.Slot(
        name: name, buffer: pass[value], count: copies * rows, distribution: .logits)
    }
    let slope = PreparedCase<B>.Slot(
      name: "gradient of student", buffer: pass.gradient(of: step.student),
      count: students * rows, unit: batch.totalWeight > 0 ? 1 / batch.totalWeight : 0)
    return PreparedCase(
      backend: backend,
      inputs: [
        slot("student", step.student, copies: students),
        slot("teacher", step.teacher, copies: teachers),
      ], outputs: [slope], terms: 1, operations: 2,
      cost: (Cost(flops: 8 * students * rows, scalars: 4 * students * rows), .none),
      forward: {
        pass.beginBackward()
        try pass.run([step])
      })
  }
}
