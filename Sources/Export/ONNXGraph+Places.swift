import Features
import ONNX

extension ONNXGraph {
  /// The slots of a piecewise-linear number: its place among the knots, and two rows of each level.
  mutating func places(
    of number: String, _ isMissing: String, _ field: FieldEncoder, absent: Int64
  ) -> EncodedField {
    func row(_ name: String, _ values: [Double], _ graph: inout ONNXGraph) -> String {
      graph.constant(name, ONNXTensor(values, shape: [1, values.count]))
    }
    let levels = field.levels
    let missing = column(isMissing)
    let zero = row("zero", [0], &self)
    let one = row("one", [1], &self)
    // What is no number must not reach a cast to integers.
    let present = add("Where", [missing, zero, column(number)])
    var place = zero
    if levels.knots.count > 1 {
      let below = row("knots", levels.knots.dropLast(), &self)
      let widths = zip(levels.knots.dropFirst(), levels.knots).map { $0 - $1 }
      let parts = add("Div", [add("Sub", [present, below]), row("widths", widths, &self)])
      let (none, whole) = (
        constant("none", ONNXTensor([0.0], shape: [])),
        constant("whole", ONNXTensor([1.0], shape: []))
      )
      place = sum(add("Clip", [parts, none, whole]), axis: 1, keeps: true)
    } else {
      place = add("Mul", [present, zero])
    }
    let ranges = row("ranges", [Double(max(levels.knots.count - 1, 1))], &self)
    let centred = add("Sub", [add("Div", [place, ranges]), row("half", [0.5], &self)])
    let first = row("place_row", [Double(field.firstValueID)], &self)
    var ids = [add("Add", [add("Mul", [place, zero]), first])]
    var values = [add("Mul", [centred, row("root12", [PiecewiseLevels.root12], &self)])]
    let coarsening = row("coarsening", [Double(PiecewiseLevels.coarsening)], &self)
    for (level, bound) in levels.bounds.enumerated() {
      if level > 0 { place = add("Div", [place, coarsening]) }
      let last = row("last_range", [Double(bound.ranges - 1)], &self)
      let range = add("Min", [add("Floor", [place]), last])
      let share = add("Sub", [place, range])
      let start = row("level_row", [Double(Int(field.firstValueID) + 1 + bound.start)], &self)
      let id = add("Add", [range, start])
      ids += [id, add("Add", [id, one])]
      values += [add("Sub", [one, share]), share]
    }
    let missingIDs = constant(
      "missing_ids",
      ONNXTensor(
        [Int64(field.missingID)] + [Int64](repeating: absent, count: levels.slots - 1),
        shape: [1, levels.slots]))
    let missingValues = constant(
      "missing_values",
      ONNXTensor(
        [1 as Float] + [Float](repeating: 0, count: levels.slots - 1), shape: [1, levels.slots]))
    return EncodedField(
      ids: add("Where", [missing, missingIDs, cast(concatenated(ids), to: .int64)]),
      values: add("Where", [missing, missingValues, cast(concatenated(values), to: .float)]))
  }
}
