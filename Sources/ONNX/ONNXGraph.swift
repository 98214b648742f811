/// A graph in the Open Neural Network Exchange format, built node by node.
///
/// Results and constants are known by their names; each method that adds one returns it.
public struct ONNXGraph: Sendable {
  /// What a graph is given or gives.
  struct Port: Sendable {
    let name: String
    let type: ONNXTensor.ElementType
    let shape: [Dimension]
    let meaning: String
  }

  /// The length of an axis.
  public enum Dimension: Sendable {
    case fixed(Int)
    /// Any length, the same for all axes of this name.
    case named(String)

    /// The rows of a request.
    public static let batch = Dimension.named("batch")
  }

  /// The operators of onnxruntime beside those of ONNX.
  public static let microsoft = "com.microsoft"
  /// The operators of ONNX for classical models.
  public static let ml = "ai.onnx.ml"

  private(set) var nodes: [ONNXNode] = []
  private(set) var constants: [(name: String, tensor: ONNXTensor)] = []
  private(set) var inputs: [Port] = []
  private(set) var outputs: [Port] = []
  private var used: [String: Int] = [:]

  package init() {}

  /// Adds an input.
  ///
  /// - Parameter meaning: what it is, for people.
  package mutating func input(
    _ name: String, _ type: ONNXTensor.ElementType, _ shape: [Dimension], meaning: String = ""
  ) -> String {
    precondition(used.updateValue(1, forKey: name) == nil, "two inputs named \(name)")
    inputs.append(Port(name: name, type: type, shape: shape, meaning: meaning))
    return name
  }

  /// Makes a result an output of the graph.
  package mutating func output(
    _ name: String, of result: String, _ type: ONNXTensor.ElementType, _ shape: [Dimension],
    meaning: String = ""
  ) {
    add("Identity", [result], named: name)
    outputs.append(Port(name: name, type: type, shape: shape, meaning: meaning))
  }

  /// Adds a constant under a name of its own, or one like it where that is taken.
  public mutating func constant(_ name: String, _ tensor: ONNXTensor) -> String {
    let name = unique(name)
    constants.append((name, tensor))
    return name
  }

  /// Adds a node with one result.
  @discardableResult
  public mutating func add(
    _ type: String, _ inputs: [String], _ attributes: [(String, ONNXAttribute)] = [],
    domain: String = "", named: String? = nil
  ) -> String {
    let name = unique(named ?? type.lowercased())
    nodes.append(
      ONNXNode(
        name: name, type: type, domain: domain, inputs: inputs, output: name,
        attributes: attributes))
    return name
  }

  private mutating func unique(_ name: String) -> String {
    let number = used[name, default: 0]
    used[name] = number + 1
    return number == 0 ? name : unique("\(name)_\(number)")
  }
}

extension ONNXGraph {
  /// Adds a node that takes whole numbers as its last input, axes or a shape.
  public mutating func add(_ type: String, _ input: String, _ numbers: [Int64]) -> String {
    let constant = constant(
      "\(type.lowercased())_axes", ONNXTensor(numbers, shape: [numbers.count]))
    return add(type, [input, constant])
  }

  /// Sums along an axis, which is gone then.
  public mutating func sum(_ input: String, axis: Int64, keeps: Bool = false) -> String {
    let axes = constant("sum_axes", ONNXTensor([axis], shape: [1]))
    return add("ReduceSum", [input, axes], [("keepdims", .int(keeps ? 1 : 0))])
  }
}
