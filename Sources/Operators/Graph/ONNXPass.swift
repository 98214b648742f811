import Data
import ONNX

/// A walk through a graph that writes it down in the Open Neural Network Exchange format: what operations add
/// their nodes to, as a ``Pass`` is what they compute in.
public struct ONNXPass {
  /// What is written.
  public var onnx: ONNXGraph
  /// The ids, [batch × slots], absent ones as the number of features; and x, nil where every x is 1.
  let ids: String
  let values: String?
  private let graph: Graph
  private let numbers: [String: [Float]]
  private var results: [Int: String] = [:]

  /// - Parameters:
  ///   - graph: what is written down.
  ///   - numbers: the parameters' values by their names.
  ///   - onnx: what the nodes are added to.
  ///   - ids: the result that holds the ids, [batch × slots], int32 or int64; absent ones are the number of
  ///     features.
  ///   - values: the result that holds x, [batch × slots]; nil where the layout is not weighted.
  package init(
    _ graph: Graph, numbers: [String: [Float]], into onnx: ONNXGraph, ids: String, values: String?
  ) {
    (self.graph, self.numbers, self.onnx) = (graph, numbers, onnx)
    (self.ids, self.values) = (ids, values)
  }

  /// Adds the nodes of all operations.
  ///
  /// - Returns: the name of `output`.
  /// - Throws: what an operation throws that has no such form.
  package mutating func add(upTo output: Value) throws -> String {
    for operation in graph.operations { try operation.addNodes(to: &self) }
    return self[output]
  }

  /// The name of an activation, [batch × width]. An operation sets that of its output.
  public subscript(_ value: Value) -> String {
    get { results[value.index]! }
    set { results[value.index] = newValue }
  }

  /// A parameter's values, [rows × columns].
  public func numbers(of parameter: Parameter) -> [Float] { numbers[parameter.name]! }

  /// A parameter as a constant, [rows × columns], or [columns] where it has one row.
  public mutating func constant(_ parameter: Parameter) -> String {
    let shape = parameter.rows == 1 ? [parameter.columns] : [parameter.rows, parameter.columns]
    return onnx.constant(parameter.name, ONNXTensor(numbers(of: parameter), shape: shape))
  }

  /// The dense layer that computes an activation which nothing else reads, without bias and activation: what
  /// reads it can be multiplied into its weights.
  func foldable(_ value: Value) -> Dense? {
    guard graph.operations.count(where: { $0.inputs.contains(value) }) == 1,
      let dense = graph.operations.first(where: { $0.output == value }) as? Dense,
      dense.bias == nil, dense.epilogue.activation == .identity
    else { return nil }
    return dense
  }

  /// Whether a dense layer leaves its nodes to the batch normalisation that reads it.
  func isFolded(_ dense: Dense) -> Bool {
    foldable(dense.output) != nil
      && graph.operations.contains { $0 is Normalization && $0.inputs == [dense.output] }
  }

  /// An activation as a matrix a row, [batch × rows × columns].
  public mutating func matrices(_ value: Value, rows: Int, columns: Int) -> String {
    onnx.add("Reshape", self[value], [0, Int64(rows), Int64(columns)])
  }

  /// All that a row has side by side, [batch × width].
  public mutating func flat(_ result: String) -> String { onnx.add("Reshape", result, [0, -1]) }
}

/// An operation that cannot be written down in ONNX.
public struct NoONNXForm: Error, CustomStringConvertible {
  /// The operation's name for tables.
  public let label: String

  public init(label: String) { self.label = label }

  public var description: String { "\(label) has no form in ONNX" }
}

extension Operation {
  /// Throws: a program's own operation has no form unless it says so.
  public func addNodes(to pass: inout ONNXPass) throws { throw NoONNXForm(label: label) }
}
