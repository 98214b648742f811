import ONNX

extension ActivationUnit {
  /// W in parts, each with what of a slot it is multiplied by: so q need not be repeated.
  public func addNodes(to pass: inout ONNXPass) {
    let name = "unit.\(output.index)"
    func numbers(_ part: String, _ values: ArraySlice<Float>, _ shape: [Int]) -> String {
      pass.onnx.constant("\(name).\(part)", ONNXTensor(Array(values), shape: shape))
    }
    let h = pass.matrices(vectors, rows: layout.slots, columns: width)
    func slots(_ part: String, _ range: Range<Int>, of matrix: String) -> String {
      let places = pass.onnx.constant(
        "\(name).\(part)", ONNXTensor(range.map { Int64($0) }, shape: [range.count]))
      return pass.onnx.add("Gather", [matrix, places], [("axis", .int(1))])
    }
    let absent = pass.onnx.constant(
      "\(name).absent", ONNXTensor([Int64(layout.features)], shape: [1]))
    let ids = slots("ids", list.slots, of: pass.onnx.add("Cast", [pass.ids], [("to", .int(7))]))
    let empty = pass.onnx.add("Cast", [pass.onnx.add("Equal", [ids, absent])], [("to", .int(1))])
    let isThere = pass.onnx.add("Sub", [numbers("one", [1], [1]), empty])
    let count = pass.onnx.add("Unsqueeze", pass.onnx.sum(isThere, axis: 1, keeps: true), [2])
    let q = slots("target", list.target..<list.target + 1, of: h)
    let v = pass.onnx.add("Mul", [slots("slots", list.slots, of: h), count])
    let matrix = pass.numbers(of: hiddenWeight)
    let parts = [
      q, v, pass.onnx.add("Sub", [q, v]), pass.onnx.add("Mul", [q, v]),
    ].enumerated().map { place, x in
      let size = width * Self.units
      let own = numbers(
        "weight.\(place)", matrix[place * size..<(place + 1) * size], [width, Self.units])
      return pass.onnx.add("MatMul", [x, own])
    }
    let sum = (parts.dropFirst() + [pass.constant(hiddenBias)]).reduce(parts[0]) {
      pass.onnx.add("Add", [$0, $1])
    }
    let weights = numbers("output.weight", pass.numbers(of: weight)[...], [Self.units, 1])
    let product = pass.onnx.add("MatMul", [pass.onnx.add("Relu", [sum]), weights])
    pass[output] = pass.flat(pass.onnx.add("Add", [product, pass.constant(bias)]))
  }
}
