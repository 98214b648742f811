/// A case of the operator table, set up on a backend: what goes in, what comes out, how to run it.
struct PreparedCase<B: Backend> {
  /// What the operator runs on.
  let backend: B
  /// What is written before the forward pass.
  var inputs: [Slot]
  /// What the forward pass leaves; the first is what the objective is made of.
  var outputs: [Slot]
  /// What the backward pass leaves: the derivatives by the inputs of the same names.
  var gradients: [Slot] = []
  /// The derivative by the first output, so that the objective is Σ seed · output.
  var seed: Slot?
  /// How many numbers are summed into one, at most.
  let terms: Int
  /// How many operations add to the rounding.
  var operations = 1
  /// The least work of the passes.
  let cost: (forward: Cost, backward: Cost)
  /// Queues the forward pass.
  var forward: () throws -> Void
  /// Queues the backward pass; nil where the forward pass leaves the gradients.
  var backward: (() throws -> Void)?

  /// A named part of the backend's memory.
  struct Slot {
    /// The same on every backend.
    let name: String
    /// The memory.
    let buffer: B.Buffer
    /// How many scalars of it matter.
    let count: Int
    /// How its numbers are drawn.
    var distribution = Distribution.signed
    /// The size of the numbers that are summed into one of these; 0 for that of the largest result.
    var unit = 1.0
    /// Whether the backend keeps it in bfloat16, rounded at random.
    var isRounded = false
    /// For a table or its gradient: which rows the batches touch.
    var rows: TableRows?
  }
}

/// The rows of a table that some batches touch.
struct TableRows {
  /// The table's columns.
  let width: Int
  /// The table's rows.
  let features: Int
  /// The ids of the touched rows, ascending.
  let touched: [Int32]
  /// Whether the memory holds the touched rows only, one after the other.
  var isCompact = false

  /// The same rows of a table of another width, that of `count` scalars.
  func resized(to count: Int) -> TableRows {
    TableRows(width: count / features, features: features, touched: touched, isCompact: isCompact)
  }

  /// The scalars of the memory as those of the whole table, and which must be exact: those of rows
  /// that no id touched.
  func whole(_ scalars: [Double]) -> Tensor {
    var values = isCompact ? [Double](repeating: 0, count: features * width) : scalars
    var isExact = [Bool](repeating: true, count: features * width)
    for (place, id) in touched.enumerated() {
      for j in 0..<width {
        isExact[Int(id) * width + j] = false
        if isCompact { values[Int(id) * width + j] = scalars[place * width + j] }
      }
    }
    return Tensor(values: values, isExact: isExact)
  }
}

/// Numbers that came out of a backend.
struct Tensor {
  /// The numbers.
  let values: [Double]
  /// Which must be exactly the reference's; empty for none.
  var isExact: [Bool] = []
}

/// All that came out of one run of a case.
struct CaseResult {
  /// By output.
  let outputs: [Tensor]
  /// By gradient.
  let gradients: [Tensor]
}

extension PreparedCase {
  /// The numbers of the inputs and of the seed, by name.
  func draw(purpose: String) -> [String: [Double]] {
    var numbers: [String: [Double]] = [:]
    for slot in inputs + (seed.map { [$0] } ?? []) {
      numbers[slot.name] = slot.distribution.numbers(slot.count, purpose: "\(purpose) \(slot.name)")
    }
    return numbers
  }

  /// Runs the case from fresh numbers.
  ///
  /// - Parameter output: replaces the first output before the backward pass, so that a number on
  ///   the wrong side of a kink by rounding alone does not count as a wrong gradient.
  func run(_ numbers: [String: [Double]], output: [Double]? = nil) throws -> CaseResult {
    // What an operator is to overwrite must not be right by chance.
    for slot in outputs + gradients { try backend.fill(slot.buffer, with: 777, count: slot.count) }
    try write(numbers)
    try forward()
    let results = try outputs.map(read)
    if let backward, let seed {
      let single = (output ?? results[0].values).map { B.Scalar(Float($0)) }
      try backend.write(single, to: outputs[0].buffer)
      try backend.write(numbers[seed.name, default: []].map(B.Scalar.init), to: seed.buffer)
      try backward()
    }
    return CaseResult(outputs: results, gradients: try gradients.map(read))
  }

  /// Σ seed · output after a forward pass with these numbers.
  func objective(_ numbers: [String: [Double]]) throws -> Double {
    try write(numbers)
    try forward()
    let weights = seed.flatMap { numbers[$0.name] } ?? []
    return zip(weights, try read(outputs[0]).values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Writes the inputs.
  func write(_ numbers: [String: [Double]]) throws {
    for slot in inputs {
      try backend.write(numbers[slot.name, default: []].map(B.Scalar.init), to: slot.buffer)
    }
  }

  private func read(_ slot: Slot) throws -> Tensor {
    let scalars = try backend.read(slot.buffer, count: slot.count).map(Double.init)
    return slot.rows?.whole(scalars) ?? Tensor(values: scalars)
  }
}
