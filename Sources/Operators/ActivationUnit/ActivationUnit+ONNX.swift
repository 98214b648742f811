import ONNX

extension ActivationUnit {
  /// W in parts, each with what of a slot it is multiplied by: so q need not be repeated.
  public func addNodes(to pass: inout ONNXPass) {
    let name = "unit.\(output.index)"
    func numbers(_ part: String, _ values: ArraySlice<Float>, _ shape: [Int]) -> String {
      pass.onnx.constant("\(name).\(part)", ONNXTensor(Array(values), shape: shape))
    }
    let h = pass.matrices(vectors, rows: layout.slots, columns: width)
    let count = pass.presence(of: list.slots, layout, named: name).count
    let q = pass.slots(list.target..<list.target + 1, of: h, named: "\(name).target")
    let slots = pass.slots(list.slots, of: h, named: "\(name).slots")
    let v = pass.onnx.add("Mul", [slots, count])
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
