import Data
import ONNX

extension TableLookup {
  /// A row of zeros behind the table is that of absent ids, which then count for nothing without a mask.
  public func addNodes(to pass: inout ONNXPass) {
    let (layout, width) = (shape.layout, shape.width)
    let isVector = width == 1 && shape.target == .sample
    let constant = pass.onnx.constant(
      table.name,
      ONNXTensor(
        pass.numbers(of: table), shape: [table.rows + 1] + (isVector ? [] : [width]), zeros: width))
    var rows = pass.onnx.add("Gather", [constant, pass.ids])
    if let values = pass.values {
      let x = isVector ? values : pass.onnx.add("Unsqueeze", values, [2])
      rows = pass.onnx.add("Mul", [rows, x])
    }
    switch shape.target {
    case .fields: pass[output] = pass.flat(Self.sums(rows, layout, &pass.onnx))
    case .slots: pass[output] = pass.flat(rows)
    case .sample:
      let sum = pass.onnx.sum(rows, axis: 1, keeps: isVector)
      pass[output] = bias.map { pass.onnx.add("Add", [sum, pass.constant($0)]) } ?? sum
    }
  }

  /// The sums over the slots of each field, [batch × fields × width]: a product with [fields × slots], of which
  /// 1 says that the slot is the field's.
  private static func sums(_ rows: String, _ layout: BatchLayout, _ onnx: inout ONNXGraph) -> String
  {
    guard layout.slots != layout.fields else { return rows }
    var member = [Float](repeating: 0, count: layout.fields * layout.slots)
    for (slot, field) in layout.slotFields.enumerated() { member[field * layout.slots + slot] = 1 }
    let matrix = onnx.constant(
      "slots_of_fields", ONNXTensor(member, shape: [layout.fields, layout.slots]))
    return onnx.add("MatMul", [matrix, rows])
  }
}
