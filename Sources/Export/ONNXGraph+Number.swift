import Features
import ONNX

extension ONNXGraph {
  /// Adds a numeric field's input, in double precision as the encoder computes, and its nodes.
  mutating func encodeNumber(_ field: FieldEncoder, absent: Int64) -> EncodedField {
    let name = field.field.name
    let number = input(
      name, .double, [.batch], meaning: "field \(name), no number (NaN) where it is missing")
    let isMissing = add("IsNaN", [number])
    let missing = constant("missing", ONNXTensor([Int64(field.missingID)], shape: [1]))
    func id(_ present: String, _ graph: inout ONNXGraph) -> EncodedField {
      EncodedField(ids: graph.column(graph.add("Where", [isMissing, missing, present])))
    }
    switch field.field.effectiveEncoding {
    case .quantiles, .boundaries: return id(range(of: number, field), &self)
    case .logBucket: return id(logBucket(of: number, field), &self)
    case .piecewise: return levels(of: number, isMissing, field, absent: absent)
    case .periodic: return waves(of: number, isMissing, field, absent: absent)
    default:
      var encoded = id(
        constant("value", ONNXTensor([Int64(field.firstValueID)], shape: [1])), &self)
      encoded.values = column(x(of: number, isMissing, field))
      return encoded
    }
  }

  /// x = (number − mean) / deviation, within what the encoder allows; 1 where it is missing.
  private mutating func x(
    of number: String, _ isMissing: String, _ field: FieldEncoder
  ) -> String {
    func scalar(_ name: String, _ value: Double, _ graph: inout ONNXGraph) -> String {
      graph.constant(name, ONNXTensor([value], shape: []))
    }
    let centred = add("Sub", [number, scalar("mean", field.mean, &self)])
    let scaled = add("Div", [centred, scalar("deviation", field.deviation, &self)])
    let lowest = scalar("lowest", -field.farthest, &self)
    let bounded = add("Clip", [scaled, lowest, scalar("highest", field.farthest, &self)])
    let one = constant("one", ONNXTensor([1 as Float], shape: [1]))
    return add("Where", [isMissing, one, cast(bounded, to: .float)])
  }

  /// The row of the range that a number is in: how many boundaries it is not below.
  private mutating func range(of number: String, _ field: FieldEncoder) -> String {
    let first = constant("first_range", ONNXTensor([Int64(field.firstValueID)], shape: [1]))
    guard !field.boundaries.isEmpty else { return first }
    let boundaries = constant(
      "boundaries", ONNXTensor(field.boundaries, shape: [1, field.boundaries.count]))
    let passed = add("GreaterOrEqual", [column(number), boundaries])
    return add("Add", [sum(cast(passed, to: .int64), axis: 1), first])
  }

  /// The row of ⌊(ln x)²⌋ for x > 2, else ⌊x⌋.
  private mutating func logBucket(of number: String, _ field: FieldEncoder) -> String {
    let logarithm = add("Log", [number])
    let two = constant("two", ONNXTensor([2.0], shape: []))
    let bucket = add(
      "Where",
      [
        add("Greater", [number, two]), add("Floor", [add("Mul", [logarithm, logarithm])]),
        add("Floor", [number]),
      ])
    // Within what an int64 holds; such buckets are unknown anyway.
    let lowest = constant("lowest", ONNXTensor([-0x1p62], shape: []))
    let bounded = add(
      "Clip", [bucket, lowest, constant("highest", ONNXTensor([0x1p62], shape: []))])
    let values = field.vocabulary.ranked
    guard !values.isEmpty else {
      return constant("unknown", ONNXTensor([Int64(field.unknownID!)], shape: [1]))
    }
    return add(
      "LabelEncoder", [cast(bounded, to: .int64)],
      [
        ("keys_int64s", .ints(values.map { Int64($0.value)! })),
        ("values_int64s", .ints(values.map { Int64(field.firstValueID) + Int64($0.rank) })),
        ("default_int64", .int(Int(field.unknownID!))),
      ], domain: Self.ml)
  }
}
