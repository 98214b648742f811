import ONNX

extension PairProducts {
  public func addNodes(to pass: inout ONNXPass) {
    let vectors = pass.matrices(embedding, rows: shape.fields, columns: shape.width)
    let pairs = (0..<shape.fields).flatMap { f in (f + 1..<max(shape.fields, f + 1)).map { (f, $0) }
    }
    func members(_ name: String, _ fields: [Int], _ pass: inout ONNXPass) -> String {
      let places = pass.onnx.constant(
        name, ONNXTensor(fields.map { Int64($0) }, shape: [pairs.count]))
      return pass.onnx.add("Gather", [vectors, places], [("axis", .int(1))])
    }
    let first = members("first_of_pairs", pairs.map(\.0), &pass)
    let second = members("second_of_pairs", pairs.map(\.1), &pass)
    switch kind {
    case .inner:
      pass[output] = pass.onnx.sum(pass.onnx.add("Mul", [first, second]), axis: 2)
    case .outer:
      let column = pass.onnx.add("Unsqueeze", first, [3])
      let row = pass.onnx.add("Unsqueeze", second, [2])
      pass[output] = pass.flat(pass.onnx.add("Mul", [column, row]))
    }
  }
}
