import ONNX

extension Normalization {
  /// `a ∘ x + b` with `a = γ / √(σ² + ε)` and `b = β − a ∘ μ` of the running statistics, multiplied into the
  /// weights of the dense layer below where there is one: `x · (W ∘ a) + b`.
  public func addNodes(to pass: inout ONNXPass) {
    let (gamma, beta) = (pass.numbers(of: gamma), pass.numbers(of: beta))
    let (mean, variance) = (pass.numbers(of: mean), pass.numbers(of: variance))
    let factors = (0..<shape.width).map {
      Double(gamma[$0]) / (Double(variance[$0]) + Double(shape.epsilon)).squareRoot()
    }
    let shifts = (0..<shape.width).map { Double(beta[$0]) - factors[$0] * Double(mean[$0]) }
    let shift = pass.onnx.constant(
      "\(self.beta.name).folded", ONNXTensor(shifts.map { Float($0) }, shape: [shape.width]))
    let normalized: String
    if let dense = pass.foldable(input) {
      let weights = pass.numbers(of: dense.weight).enumerated().map {
        Float(Double($1) * factors[$0 % shape.width])
      }
      let weight = pass.onnx.constant(
        "\(dense.weight.name).folded", ONNXTensor(weights, shape: [dense.input.width, shape.width]))
      normalized = pass.onnx.add("Gemm", [pass[dense.input], weight, shift])
    } else {
      let factor = pass.onnx.constant(
        "\(self.gamma.name).folded", ONNXTensor(factors.map { Float($0) }, shape: [shape.width]))
      let product = pass.onnx.add("Mul", [pass[input], factor])
      normalized = pass.onnx.add("Add", [product, shift])
    }
    pass[output] = pass.activated(normalized, epilogue)
  }
}
