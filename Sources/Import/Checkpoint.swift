import Arrays
import Support

/// The tensors of a checkpoint, each taken once, so that none is left unread.
struct Checkpoint {
  let path: String
  /// The names in the checkpoint's order.
  let names: [String]
  private var arrays: [String: StoredArray]

  init(_ path: String) throws {
    self.path = path
    let tensors = try TensorFile.read(path)
    names = tensors.map(\.name)
    // Counts of batches that no prediction needs.
    arrays = tensors.reduce(into: [:]) {
      if !$1.name.hasSuffix("num_batches_tracked") { $0[$1.name] = $1 }
    }
  }

  /// The names between a prefix and a suffix, in the checkpoint's order.
  func names(_ prefix: String, _ suffix: String) -> [String] {
    names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }
      .map { String($0.dropFirst(prefix.count).dropLast(suffix.count)) }
  }

  func has(_ name: String) -> Bool { arrays[name] != nil }

  /// The shape of a tensor that was not taken yet.
  func shape(of name: String) -> [Int]? { arrays[name]?.shape }

  /// Takes a tensor of so many axes.
  mutating func take(_ name: String, axes: Int) throws -> (numbers: [Float], shape: [Int]) {
    guard let array = arrays.removeValue(forKey: name), array.shape.count == axes,
      array.element.isFraction
    else {
      throw UserError(
        path, found: "no tensor \(quoted(name)) of \(axes) axes", expected: "one",
        remedy: "only models whose layers are known can be imported; see docs/import.md")
    }
    let numbers = array.floats
    guard let bad = numbers.first(where: { !$0.isFinite }) else { return (numbers, array.shape) }
    throw UserError(
      path, found: "\(bad) in tensor \(quoted(name))", expected: "finite numbers",
      remedy: "save a model that predicts")
  }

  /// Takes a linear layer, whose weight PyTorch keeps as [outputs × inputs].
  ///
  /// - Parameter norm: the name of the normalisation behind it; nil for none.
  mutating func takeLayer(
    _ name: String, hasBias: Bool = true, norm: String? = nil
  ) throws -> ImportedModel.Layer {
    let (numbers, shape) = try take("\(name).weight", axes: 2)
    let (outputs, inputs) = (shape[0], shape[1])
    var weight = [Float](repeating: 0, count: numbers.count)
    for row in 0..<outputs {
      for column in 0..<inputs { weight[column * outputs + row] = numbers[row * inputs + column] }
    }
    let bias =
      hasBias
      ? try take("\(name).bias", axes: 1).numbers : [Float](repeating: 0, count: outputs)
    return ImportedModel.Layer(
      weight: weight, outputs: outputs, bias: bias,
      norm: try norm.map { name in
        ImportedModel.Norm(
          gamma: try take("\(name).weight", axes: 1).numbers,
          beta: try take("\(name).bias", axes: 1).numbers,
          mean: try take("\(name).running_mean", axes: 1).numbers,
          variance: try take("\(name).running_var", axes: 1).numbers)
      })
  }

  /// Refuses a checkpoint of which something was not taken.
  func checkAllTaken() throws {
    let left = names.filter(has)
    guard !left.isEmpty else { return }
    throw UserError(
      path, found: "further layers: \(listed(Array(left.prefix(6))))",
      expected: "those of LR, FM, DeepFM or Wide & Deep",
      remedy: "only models whose layers are known can be imported; see docs/import.md")
  }

  /// Refuses a table whose rows are not those of a vocabulary.
  func check(_ rows: [(value: String, row: Int)], _ unknown: Int?, of field: String, in table: Int)
    throws
  {
    let all = rows.map(\.row) + (unknown.map { [$0] } ?? [])
    guard let bad = all.first(where: { $0 < 0 || $0 >= table }) else { return }
    throw UserError(
      path, found: "a table of \(table) rows for field \(quoted(field))",
      expected: "row \(bad), which its vocabulary names", remedy: "give the files of one training")
  }
}
