import ONNX

extension Dense {
  public func addNodes(to pass: inout ONNXPass) {
    guard !pass.isFolded(self) else { return }
    let (x, weight) = (pass[input], pass.constant(weight, shape: shape))
    let sum =
      bias.map { pass.onnx.add("Gemm", [x, weight, pass.constant($0)]) }
      ?? pass.onnx.add("MatMul", [x, weight])
    pass[output] = pass.activated(sum, epilogue)
  }
}

extension ONNXPass {
  /// W as a constant, a matrix even where it has one row.
  fileprivate mutating func constant(_ weight: Parameter, shape: Dense.Shape) -> String {
    onnx.constant(
      weight.name, ONNXTensor(numbers(of: weight), shape: [shape.inputs, shape.outputs]))
  }

  /// The activation of a result; in prediction nothing is dropped.
  mutating func activated(_ result: String, _ epilogue: EpilogueSpec) -> String {
    switch epilogue.activation {
    case .identity: result
    case .relu: onnx.add("Relu", [result])
    case .tanh: onnx.add("Tanh", [result])
    case .sigmoid: onnx.add("Sigmoid", [result])
    }
  }
}
