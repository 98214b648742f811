import Data
import ONNX

/// Field embeddings of which those of some fields come from a table that is not trained: for these
/// `y[b,f,:] = Σ_s x[b,s] · F[place(id[b,s]),:]` over the slots s of f, for the others `y[b,f,:] = e[b,f,:]`.
///
/// F has the features of these fields one field after the other. `de[b,f,:] = dy[b,f,:]` of the other fields, 0 of these.
package struct FrozenFields: Operation {
  /// A field whose vectors are not trained.
  package struct Field: Sendable, Hashable {
    /// Its number.
    package let number: Int
    /// The ids of its features.
    package let features: Range<Int>
    /// The row of F that its first feature has.
    package let row: Int
  }

  /// How the batches' ids are laid out.
  package let layout: BatchLayout
  /// The fields, ascending.
  package let frozen: [Field]
  /// The length of a vector k.
  package let width: Int
  /// e, [rows × fields·k].
  package let embedding: Value
  /// F, [features of these fields × k].
  package let table: Parameter
  package let output: Value

  package var label: String { "frozen fields \(frozen.count) of \(layout.fields)×\(width)" }
  package var inputs: [Value] { [embedding] }
  package var parameters: [Parameter] { [table] }

  package func cost(rows: Int) -> (forward: Cost, backward: Cost) {
    let size = rows * output.width
    let gathered = rows * slots.reduce(0) { $0 + $1.count } * width
    return (
      Cost(flops: 2 * gathered, scalars: 2 * size + gathered), Cost(flops: 0, scalars: 2 * size)
    )
  }

  /// The slots of each of the fields.
  private var slots: [[Int]] {
    frozen.map { field in layout.slotFields.indices.filter { layout.slotFields[$0] == field.number }
    }
  }

  /// The columns of the other fields, adjacent ones together.
  private var trained: [Range<Int>] {
    let numbers = Set(frozen.map(\.number))
    return (0..<layout.fields).filter { !numbers.contains($0) }.reduce(into: []) { runs, field in
      let columns = field * width..<(field + 1) * width
      if let last = runs.last, last.upperBound == columns.lowerBound {
        runs[runs.count - 1] = last.lowerBound..<columns.upperBound
      } else {
        runs.append(columns)
      }
    }
  }
}

extension FrozenFields {
  /// The same for another numbering of features, in which each of these fields has as many, in their order.
  func numbered(by layout: BatchLayout) -> FrozenFields {
    let moved = frozen.map { field in
      Field(
        number: field.number, features: layout.fieldFeatures?[field.number] ?? field.features,
        row: field.row)
    }
    return FrozenFields(
      layout: layout, frozen: moved, width: width, embedding: embedding, table: table,
      output: output)
  }
}

extension Graph {
  /// Puts vectors that are not trained in the place of those of some fields. They begin as zeros.
  ///
  /// - Parameters:
  ///   - name: the name of their table, [features of the fields × k].
  ///   - embedding: field embeddings, [rows × fields·k].
  ///   - fields: the numbers of the fields.
  /// - Returns: [rows × fields·k].
  /// - Precondition: the layout says which features each field has, and has these fields.
  public mutating func frozenFields(
    _ name: String, _ embedding: Value, fields: [Int]
  ) -> Value {
    guard let features = layout.fieldFeatures else {
      preconditionFailure("fields without features of their own")
    }
    let width = embedding.width / layout.fields
    var (frozen, rows): ([FrozenFields.Field], Int) = ([], 0)
    for number in Set(fields).sorted() {
      // Fields that share a vocabulary share its rows.
      let first = frozen.first { $0.features == features[number] }?.row
      frozen.append(.init(number: number, features: features[number], row: first ?? rows))
      if first == nil { rows += features[number].count }
    }
    let table = makeParameter(
      name, rows: rows, columns: width, kind: .statistic, group: .embedding,
      initializer: .constant(0))
    return append(
      FrozenFields(
        layout: layout, frozen: frozen, width: width, embedding: embedding, table: table,
        output: makeValue(width: embedding.width)))
  }
}

extension FrozenFields {
  package func forward(_ pass: ReferencePass) {
    let (e, y, vectors, batch) = (pass[embedding], pass[output], pass[table], pass.input.batch)
    for place in 0..<pass.rows * output.width { y[place] = e[place] }
    for b in 0..<pass.rows {
      for (field, slots) in zip(frozen, slots) {
        let sum = b * output.width + field.number * width
        for j in 0..<width { y[sum + j] = 0 }
        for place in slots.map({ b % batch.rows * layout.slots + $0 })
        where batch.ids[place] != Batch.absent {
          let row = Int(batch.ids[place]) - field.features.lowerBound + field.row
          let x = batch.values.map { Double($0[place]) } ?? 1
          for j in 0..<width { y[sum + j] += x * vectors[row * width + j] }
        }
      }
    }
  }

  package func backward(_ pass: ReferencePass) {
    let (dy, de) = (pass.gradient(of: output), pass.target(for: embedding))
    let frozen = Set(frozen.map(\.number))
    for place in 0..<pass.rows * output.width {
      de.put(frozen.contains(place % output.width / width) ? 0 : dy[place], at: place)
    }
  }
}

extension FrozenFields {
  package func scratch(capacity: Int, on backend: OpenCLBackend) -> Int { 0 }

  package func forward(_ pass: DevicePass) throws {
    for columns in trained {
      try pass.copyColumns(
        columns, of: pass[embedding], width: output.width, to: columns.lowerBound,
        of: GradientTarget(pass[output]), width: output.width)
    }
    for field in frozen {
      try pass.run(
        "frozen_field", of: "frozen_fields", items: pass.rows * pass.vectors(width),
        [
          "rows": pass.rows, "slots": layout.slots, "fields": layout.fields, "width": width,
          "field": field.number, "first": field.features.lowerBound - field.row,
          "field_starts": pass.input.fieldStarts, "ids": pass.input.ids,
          "values": pass.input.values, "weighted": layout.weighted ? 1 : 0, "table": pass[table],
          "y": pass[output],
        ])
    }
  }

  package func backward(_ pass: DevicePass) throws {
    let de = pass.target(for: embedding)
    if !de.accumulates {
      try pass.backend.fill(de.buffer, with: 0, count: pass.rows * output.width)
    }
    for columns in trained {
      try pass.copyColumns(
        columns, of: pass.gradient(of: output), width: output.width, to: columns.lowerBound,
        of: de, width: output.width)
    }
  }
}

extension FrozenFields {
  /// A row of zeros behind the table is that of absent ids.
  public func addNodes(to pass: inout ONNXPass) {
    let own = zip(frozen, slots).flatMap { field, slots in slots.map { (field, $0) } }
    func numbers(_ name: String, _ values: [Int]) -> String {
      pass.onnx.constant(
        "\(table.name).\(name)", ONNXTensor(values.map { Int64($0) }, shape: [values.count]))
    }
    let (chosen, absent) = (numbers("slots", own.map(\.1)), numbers("absent", [layout.features]))
    let none = numbers("none", [table.rows])
    let shifts = numbers("shifts", own.map { $0.0.features.lowerBound - $0.0.row })
    let ids = pass.onnx.add(
      "Cast", [pass.onnx.add("Gather", [pass.ids, chosen], [("axis", .int(1))])], [("to", .int(7))])
    let rows = pass.onnx.add(
      "Where",
      [pass.onnx.add("Equal", [ids, absent]), none, pass.onnx.add("Sub", [ids, shifts])])
    let vectors = pass.onnx.constant(
      table.name,
      ONNXTensor(pass.numbers(of: table), shape: [table.rows + 1, width], zeros: width))
    var terms = pass.onnx.add("Gather", [vectors, rows])
    if let values = pass.values {
      let x = pass.onnx.add("Gather", [values, chosen], [("axis", .int(1))])
      terms = pass.onnx.add("Mul", [terms, pass.onnx.add("Unsqueeze", x, [2])])
    }
    // [fields × slots], of which 1 says that the slot is the field's; and of the others' columns 1.
    var member = [Float](repeating: 0, count: layout.fields * own.count)
    for (place, slot) in own.enumerated() { member[slot.0.number * own.count + place] = 1 }
    let matrix = pass.onnx.constant(
      "\(table.name).fields", ONNXTensor(member, shape: [layout.fields, own.count]))
    var kept = [Float](repeating: 1, count: layout.fields)
    for field in frozen { kept[field.number] = 0 }
    let others = pass.onnx.add(
      "Mul",
      [
        pass.matrices(embedding, rows: layout.fields, columns: width),
        pass.onnx.constant("\(table.name).others", ONNXTensor(kept, shape: [layout.fields, 1])),
      ])
    pass[output] = pass.flat(
      pass.onnx.add("Add", [others, pass.onnx.add("MatMul", [matrix, terms])]))
  }
}

extension OperatorTable {
  static let frozenFields = OperatorCases(
    [
      (IdPattern.ownFeatures([7, 31, 3, 50], slots: 2, absence: 0.2), [0, 3], 10),
      (.ownFeatures([2, 40, 9]), [1], 16), (.ownFeatures([5]), [0], 1),
      (.weightedLists, [1], 33), (.sharedFeatures, [0, 2], 7),
    ].map { ids, fields, k in
      .graph("frozen fields", "\(fields) of \(ids.name), k = \(k)", ids: ids) { graph, _ in
        let embedding = graph.embedding("table", width: k)
        let some = graph.frozenFields("frozen", embedding, fields: fields)
        // Two readers of the embedding, so that the second adds its gradient.
        return graph.sum([
          graph.dense("first", some, outputs: 3), graph.dense("second", embedding, outputs: 3),
        ])
      }
    } + [
      .graph("frozen fields", "all that is read", ids: .ownFeatures([7, 31, 3])) { graph, _ in
        graph.frozenFields("frozen", graph.embedding("table", width: 8), fields: [2])
      }
    ],
    timed: { rows in
      let ids = IdPattern.ownFeatures([Int](repeating: 25_000, count: 39))
      return [
        .graph("frozen fields", "1 of 39×10, with its embedding", ids: ids, rows: [rows]) {
          graph, _ in
          graph.frozenFields("frozen", graph.embedding("table", width: 10), fields: [1])
        }
      ]
    })
}

extension IdPattern {
  /// A field of lists with weights between two others, all with features of their own.
  fileprivate static let weightedLists = IdPattern(
    name: "weighted lists",
    layout: BatchLayout(
      features: 36, fields: 3, slotFields: [0, 1, 1, 1, 2], weighted: true,
      fieldFeatures: [0..<9, 9..<29, 29..<36]),
    absence: 0.3, occurring: 36)

  /// Two fields of one vocabulary.
  fileprivate static let sharedFeatures = IdPattern(
    name: "a shared vocabulary",
    layout: BatchLayout(
      features: 25, fields: 3, slotFields: [0, 1, 2], weighted: false,
      fieldFeatures: [0..<14, 14..<25, 0..<14]),
    absence: 0.1, occurring: 25)
}
