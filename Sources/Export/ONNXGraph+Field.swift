import Features
import ONNX

/// A field's slots: ids, [batch × slots] of int64, absent ones as the number of features; and x, [batch × slots] of
/// float, nil where every x is 1.
struct EncodedField {
  var ids: String
  var values: String?
}

extension ONNXGraph {
  /// Adds a field's input, and the nodes that do what ``FieldEncoder`` says.
  ///
  /// - Parameters:
  ///   - markers: the texts that stand for a missing value, beside the empty one.
  ///   - absent: the id of a slot without a value.
  mutating func encode(
    _ field: FieldEncoder, markers: [String], absent: Int64
  ) -> EncodedField {
    switch (field.field.kind, field.field.effectiveEncoding) {
    case (.numeric, _): return encodeNumber(field, absent: absent)
    case (.multivalued, _): return encodeList(field, absent: absent)
    default: return encodeText(field, markers: markers)
    }
  }

  /// One value of a set.
  private mutating func encodeText(_ field: FieldEncoder, markers: [String]) -> EncodedField {
    let missing = [""] + markers.filter { !$0.isEmpty }
    let id = lookUp(
      field, [.batch], missing: missing, as: Int64(field.missingID), "empty where it is missing")
    var encoded = EncodedField(ids: column(id))
    if field.field.weighted ?? false {
      let x = input(xName(field), .float, [.batch], meaning: "x of field \(field.field.name)")
      encoded.values = column(x)
    }
    return encoded
  }

  /// A list: slots without a value are absent, and one value at least is there: that of missing ones.
  private mutating func encodeList(_ field: FieldEncoder, absent: Int64) -> EncodedField {
    let shape: [Dimension] = [.batch, .fixed(field.slots)]
    let given = lookUp(field, shape, missing: [""], as: absent, "empty behind the last value")
    let none = constant("absent", ONNXTensor([absent], shape: [1]))
    let present = add("Not", [add("Equal", [given, none])])
    let ones = add("Cast", [present], [("to", .int(Int(ONNXTensor.ElementType.float.rawValue)))])
    let length = sum(ones, axis: 1, keeps: true)
    let one = constant("one", ONNXTensor([1 as Float], shape: [1]))
    // The first slot of rows without a value, as 0 or 1.
    let isEmpty = add("Sub", [one, add("Min", [length, one])])
    let first = constant(
      "first_slot",
      ONNXTensor((0..<field.slots).map { $0 == 0 ? 1 as Float : 0 }, shape: [1, field.slots]))
    let filler = add("Mul", [isEmpty, first])
    let isFiller = add("Greater", [filler, constant("zero", ONNXTensor([0 as Float], shape: [1]))])
    let missing = constant("missing", ONNXTensor([Int64(field.missingID)], shape: [1]))
    var encoded = EncodedField(ids: add("Where", [isFiller, missing, given]))
    guard field.field.isMean || field.field.weighted ?? false else {
      return encoded
    }
    var x = ones
    if field.field.weighted ?? false {
      let given = input(xName(field), .float, shape, meaning: "x of field \(field.field.name)")
      x = add("Mul", [given, ones])
    }
    if field.field.isMean {
      x = add("Div", [x, add("Max", [length, one])])
    }
    encoded.values = add("Add", [x, filler])
    return encoded
  }

  /// A field's input and the ids of what it holds, in the input's shape.
  ///
  /// - Parameters:
  ///   - missing: the texts that are no value, and the id they have.
  ///   - note: what people are told of them.
  private mutating func lookUp(
    _ field: FieldEncoder, _ shape: [Dimension], missing: [String], as missingID: Int64,
    _ note: String
  ) -> String {
    let name = field.field.name
    guard field.field.effectiveEncoding == .hash else {
      let values = input(name, .string, shape, meaning: "field \(name), \(note)")
      return label(values, vocabulary: field, missing, missingID)
    }
    let buckets = Int64(field.field.buckets!)
    let first = constant("first_bucket", ONNXTensor([Int64(field.firstValueID)], shape: [1]))
    let other = constant("missing", ONNXTensor([missingID], shape: [1]))
    if field.field.hash ?? .xxh64 == .murmur3 {
      let values = input(name, .string, shape, meaning: "field \(name), \(note)")
      let hash = add(
        "MurmurHash3", [values], [("seed", .int(0)), ("positive", .int(1))], domain: Self.microsoft)
      let wide = cast(hash, to: .int64)
      let bucket = add(
        "Mod", [wide, constant("buckets", ONNXTensor([buckets], shape: [1]))])
      let flags = add(
        "LabelEncoder", [values],
        [
          ("keys_strings", .strings(missing.map { Array($0.utf8) })),
          ("values_int64s", .ints(missing.map { _ in 1 })), ("default_int64", .int(0)),
        ], domain: Self.ml)
      return add("Where", [cast(flags, to: .bool), other, add("Add", [bucket, first])])
    }
    let bucket = input(
      name, .int64, shape,
      meaning: "field \(name): XXH64 of the value modulo \(buckets), −1 where it is missing")
    let zero = constant("zero", ONNXTensor([0 as Int64], shape: [1]))
    return add("Where", [add("Less", [bucket, zero]), other, add("Add", [bucket, first])])
  }

  /// The rows of texts.
  private mutating func label(
    _ values: String, vocabulary field: FieldEncoder, _ missing: [String], _ missingID: Int64
  ) -> String {
    let markers = Set(missing)
    let known = field.vocabulary.ranked.filter { !markers.contains($0.value) }
    return add(
      "LabelEncoder", [values],
      [
        ("keys_strings", .strings((missing + known.map(\.value)).map { Array($0.utf8) })),
        (
          "values_int64s",
          .ints(
            missing.map { _ in missingID }
              + known.map { Int64(field.firstValueID) + Int64($0.rank) })
        ),
        ("default_int64", .int(Int(field.unknownID!))),
      ], domain: Self.ml)
  }

  /// What the input with a field's x is called.
  private func xName(_ field: FieldEncoder) -> String { "\(field.field.name).x" }

  /// One slot a row: [batch] to [batch × 1].
  mutating func column(_ result: String) -> String { add("Unsqueeze", result, [1]) }

  mutating func cast(_ result: String, to type: ONNXTensor.ElementType) -> String {
    add("Cast", [result], [("to", .int(Int(type.rawValue)))])
  }
}
