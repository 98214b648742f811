import Features
import ONNX

extension ONNXGraph {
  /// The slots of a piecewise-linear number: its place among the knots, and two rows of each level.
  mutating func levels(
    of number: String, _ isMissing: String, _ field: FieldEncoder, absent: Int64
  ) -> EncodedField {
    let levels = field.levels
    let one = row("one", [1])
    var place = place(of: number, isMissing, levels.knots)
    let first = row("place_row", [Double(field.firstValueID)])
    var ids = [add("Add", [add("Mul", [place, row("zero", [0])]), first])]
    var values = [x(ofPlace: place, levels.knots)]
    let coarsening = row("coarsening", [Double(PiecewiseLevels.coarsening)])
    for (level, bound) in levels.bounds.enumerated() {
      if level > 0 { place = add("Div", [place, coarsening]) }
      let range = add(
        "Min", [add("Floor", [place]), row("last_range", [Double(bound.ranges - 1)])])
      let share = add("Sub", [place, range])
      let start = row("level_row", [Double(Int(field.firstValueID) + 1 + bound.start)])
      let id = add("Add", [range, start])
      ids += [id, add("Add", [id, one])]
      values += [add("Sub", [one, share]), share]
    }
    return present(
      column(isMissing), ids: cast(concatenated(ids), to: .int64), concatenated(values), field,
      absent: absent)
  }

  /// The slots of a periodic number: its place among the knots, and sine and cosine of each frequency.
  mutating func waves(
    of number: String, _ isMissing: String, _ field: FieldEncoder, absent: Int64
  ) -> EncodedField {
    let waves = field.waves
    let place = place(of: number, isMissing, waves.knots)
    let share = add("Div", [place, row("ranges", [Double(waves.knots.ranges)])])
    let frequencies = (0..<waves.frequencies).map(PeriodicWaves.frequency)
    let angles = add("Mul", [share, row("frequencies", frequencies.flatMap { [$0, $0] })])
    // A cosine is the sine of an angle a quarter of a turn further on.
    let quarters = [[Double]](repeating: [0, .pi / 2], count: waves.frequencies).flatMap { $0 }
    let sines = add("Sin", [add("Add", [angles, row("quarters", quarters)])])
    let rows = (0..<waves.slots).map { Int64(field.firstValueID) + Int64($0) }
    return present(
      column(isMissing),
      ids: constant("wave_rows", ONNXTensor(rows, shape: [1, waves.slots])),
      concatenated([x(ofPlace: place, waves.knots), sines]), field, absent: absent)
  }

  private mutating func row(_ name: String, _ values: [Double]) -> String {
    constant(name, ONNXTensor(values, shape: [1, values.count]))
  }

  /// How many ranges lie below a number, [batch × 1]; 0 where it is missing.
  private mutating func place(
    of number: String, _ isMissing: String, _ knots: NumberKnots
  ) -> String {
    let zero = row("zero", [0])
    // What is no number must not reach a cast to integers.
    let present = add("Where", [column(isMissing), zero, column(number)])
    guard knots.values.count > 1 else { return add("Mul", [present, zero]) }
    let below = row("knots", knots.values.dropLast())
    let widths = zip(knots.values.dropFirst(), knots.values).map { $0 - $1 }
    let parts = add("Div", [add("Sub", [present, below]), row("widths", widths)])
    let none = constant("none", ONNXTensor([0.0], shape: []))
    let whole = constant("whole", ONNXTensor([1.0], shape: []))
    return sum(add("Clip", [parts, none, whole]), axis: 1, keeps: true)
  }

  /// The x of a place's own slot.
  private mutating func x(ofPlace place: String, _ knots: NumberKnots) -> String {
    let share = add("Div", [place, row("ranges", [Double(knots.ranges)])])
    let centred = add("Sub", [share, row("half", [0.5])])
    return add("Mul", [centred, row("root12", [NumberKnots.root12])])
  }

  /// The slots of a number that is there, or those of one that is missing.
  private mutating func present(
    _ isMissing: String, ids: String, _ values: String, _ field: FieldEncoder, absent: Int64
  ) -> EncodedField {
    let others = field.slots - 1
    let missingIDs = constant(
      "missing_ids",
      ONNXTensor(
        [Int64(field.missingID)] + [Int64](repeating: absent, count: others),
        shape: [1, field.slots]))
    let missingValues = constant(
      "missing_values",
      ONNXTensor([1 as Float] + [Float](repeating: 0, count: others), shape: [1, field.slots]))
    return EncodedField(
      ids: add("Where", [isMissing, missingIDs, ids]),
      values: add("Where", [isMissing, missingValues, cast(values, to: .float)]))
  }
}
