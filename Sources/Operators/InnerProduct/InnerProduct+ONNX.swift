extension InnerProduct {
  public func addNodes(to pass: inout ONNXPass) {
    let vectors = pass.matrices(embedding, rows: shape.fields, columns: shape.width)
    let coordinates = pass.onnx.add("Transpose", [vectors], [("perm", .ints([0, 2, 1]))])
    let theta = pass.onnx.constant(
      theta.name, .init(pass.numbers(of: theta), shape: [shape.fields, shape.outputs]))
    let sums = pass.onnx.add("MatMul", [coordinates, theta])
    let squares = pass.onnx.add("Mul", [sums, sums])
    pass[output] = pass.onnx.sum(squares, axis: 1)
  }
}
