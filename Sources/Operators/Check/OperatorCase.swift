/// An entry of the operator table: an operator in one of its forms, with the sizes to try it at.
///
/// The same table serves the tests, the doctor's check of a device and the benchmark.
public struct OperatorCase: Sendable {
  /// The operator, for instance `dense`.
  public let name: String
  /// The form, for instance `33×7 relu`.
  public let form: String
  /// The numbers of samples to try.
  public let rows: [Int]
  /// What is run.
  let setup: any CaseSetup

  /// The numbers of samples that operators are tried at: none, one, odd ones, and more than any
  /// work-group has items.
  public static let standardRows = [0, 1, 3, 17, 31, 127]
  /// A number of samples that fills a device.
  package static let manyRows = 4099

  init(_ name: String, _ form: String, rows: [Int] = standardRows, _ setup: some CaseSetup) {
    self.name = name
    self.form = form
    self.rows = rows
    self.setup = setup
  }

  /// A case of operations that read activations: also how a program checks an operation of its own.
  ///
  /// - Parameters:
  ///   - name: the operator.
  ///   - form: its form, for people.
  ///   - widths: the widths of the activations that the operations read.
  ///   - fields: the number of the batch's fields, for operations on field embeddings.
  ///   - training: whether gradients are checked as well.
  ///   - rows: the numbers of samples to try.
  ///   - build: adds the operations to a graph with these activations, and returns their output.
  public static func graph(
    _ name: String, _ form: String, reads widths: [Int], fields: Int = 1, training: Bool = true,
    rows: [Int] = standardRows,
    _ build: @escaping @Sendable (_ graph: inout Graph, _ inputs: [Value]) -> Value
  ) -> OperatorCase {
    graph(
      name, form, ids: .plain(fields: fields), reads: widths, training: training, rows: rows, build)
  }

  /// A case of operations in a graph.
  static func graph(
    _ name: String, _ form: String, ids: IdPattern, reads widths: [Int] = [],
    tables: Recipe.TableUpdate = .touched, training: Bool = true, rows: [Int] = standardRows,
    _ build: @escaping @Sendable (_ graph: inout Graph, _ inputs: [Value]) -> Value
  ) -> OperatorCase {
    OperatorCase(
      name, form, rows: rows,
      GraphCase(ids: ids, widths: widths, tables: tables, training: training, build: build))
  }

  /// A case of two operations that read the same activation, so that the second adds its gradient.
  static func shared(
    _ name: String, ids: IdPattern = .plain(), width: Int,
    _ build: @escaping @Sendable (_ graph: inout Graph, _ name: String, _ x: Value) -> Value
  ) -> OperatorCase {
    graph(name, "two of one input", ids: ids, reads: [width]) { graph, x in
      graph.sum([build(&graph, "first", x[0]), build(&graph, "second", x[0])])
    }
  }
}
