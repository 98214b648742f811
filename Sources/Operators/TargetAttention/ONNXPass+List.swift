import Data
import ONNX

extension ONNXPass {
  /// Some slots of what has a number or a vector a slot, [batch × slots…].
  mutating func slots(_ range: Range<Int>, of matrix: String, named name: String) -> String {
    let places = onnx.constant(
      name, ONNXTensor(range.map { Int64($0) }, shape: [range.count]))
    return onnx.add("Gather", [matrix, places], [("axis", .int(1))])
  }

  /// Which slots of a list are empty, 1 or 0, [batch × slots × 1], and how many are not, [batch × 1 × 1].
  mutating func presence(
    of slots: Range<Int>, _ layout: BatchLayout, named name: String
  ) -> (isEmpty: String, count: String) {
    let absent = onnx.constant(
      "\(name).absent", ONNXTensor([Int64(layout.features)], shape: [1]))
    let one = onnx.constant("\(name).one", ONNXTensor([Float(1)], shape: [1]))
    let ids = self.slots(
      slots, of: onnx.add("Cast", [self.ids], [("to", .int(7))]), named: "\(name).ids")
    let isAbsent = onnx.add("Equal", [ids, absent])
    let isEmpty = onnx.add("Unsqueeze", onnx.add("Cast", [isAbsent], [("to", .int(1))]), [2])
    let isThere = onnx.add("Sub", [one, isEmpty])
    return (isEmpty, onnx.sum(isThere, axis: 1, keeps: true))
  }
}
