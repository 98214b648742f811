import Data
import ONNX

extension TargetAttention {
  /// Scores of empty slots are lowered until nothing is left of their weight.
  public func addNodes(to pass: inout ONNXPass) {
    let h = pass.matrices(vectors, rows: layout.slots, columns: width)
    func numbers(_ name: String, _ values: [Float], _ shape: [Int]) -> String {
      pass.onnx.constant("attention.\(output.index).\(name)", ONNXTensor(values, shape: shape))
    }
    // [fields × slots], of which 1 says that the slot is one of the field's, which is no history.
    var member = [Float](repeating: 0, count: layout.fields * layout.slots)
    for field in others.joined() {
      for slot in self.slots(of: field..<field + 1) { member[field * layout.slots + slot] = 1 }
    }
    var result = pass.onnx.add(
      "MatMul", [numbers("fields", member, [layout.fields, layout.slots]), h])
    for history in histories {
      let name = "history.\(history.number)"
      let full = "attention.\(output.index).\(name)"
      let own = pass.slots(history.slots, of: h, named: "\(full).slots")
      let (isEmpty, count) = pass.presence(of: history.slots, layout, named: full)
      func place(_ pooled: String) -> String {
        var place = [Float](repeating: 0, count: layout.fields)
        place[history.number] = 1
        let column = numbers("\(name).place", place, [layout.fields, 1])
        return pass.onnx.add("MatMul", [column, pooled])
      }
      func pooled(_ weights: String) -> String {
        pass.onnx.add(
          "MatMul", [pass.onnx.add("Transpose", [weights], [("perm", .ints([0, 2, 1]))]), own])
      }
      if let given = history.weights {
        let weights = pass.onnx.add(
          "Mul", [pass.matrices(given, rows: history.slots.count, columns: 1), count])
        result = pass.onnx.add("Add", [result, place(pooled(weights))])
        continue
      }
      let query = pass.slots(
        history.target..<history.target + 1, of: h, named: "\(full).target")
      let products = pass.onnx.add(
        "MatMul", [own, pass.onnx.add("Transpose", [query], [("perm", .ints([0, 2, 1]))])])
      let scale = numbers("\(name).scale", [Float(1 / Double(width).squareRoot())], [1])
      let scores = pass.onnx.add("Mul", [pass.onnx.add("Mul", [products, count]), scale])
      let lowered = pass.onnx.add(
        "Sub", [scores, pass.onnx.add("Mul", [isEmpty, numbers("\(name).low", [1e30], [1])])])
      let weights = pass.onnx.add(
        "Mul", [pass.onnx.add("Softmax", [lowered], [("axis", .int(1))]), count])
      result = pass.onnx.add("Add", [result, place(pooled(weights))])
    }
    pass[output] = pass.flat(result)
  }
}
