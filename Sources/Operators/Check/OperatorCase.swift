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
  let trial: any Trial

  /// The numbers of samples that operators are tried at: none, one, odd ones, and more than any
  /// work-group has items.
  public static let standardRows = [0, 1, 3, 17, 31, 127]
  /// A number of samples that fills a device.
  public static let manyRows = 4099

  init(_ name: String, _ form: String, rows: [Int] = standardRows, _ trial: any Trial) {
    self.name = name
    self.form = form
    self.rows = rows
    self.trial = trial
  }

  /// A case of operations in a graph.
  static func graph(
    _ name: String, _ form: String, ids: IdPattern = .plain(), reads widths: [Int] = [],
    tables: Recipe.TableUpdate = .touched, training: Bool = true, rows: [Int] = standardRows,
    _ build: @escaping @Sendable (_ graph: inout Graph, _ inputs: [Value]) -> Value
  ) -> OperatorCase {
    OperatorCase(
      name, form, rows: rows,
      GraphTrial(ids: ids, widths: widths, tables: tables, training: training, build: build))
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
