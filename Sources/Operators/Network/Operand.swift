/// The name of a buffer in a plan.
public struct Operand: Hashable, Sendable {
  private enum Kind: UInt8 {
    case value, valueGradient, copies, copiesGradient, parameter, parameterGradient, state,
      workspace, sums, squares, stored, zeros, travellingIDs, travellingPlaces
    case loss, gradientScale
  }

  private let kind: Kind
  private var index = 0
  private var part = 0
  private var piece = 0

  /// One number instead of four: a step asks for hundreds of buffers.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(Int(kind.rawValue) ^ index << 8 ^ part << 40 ^ piece << 48)
  }

  /// An activation.
  static func value(_ value: Value) -> Operand { Operand(kind: .value, index: value.index) }
  /// The loss's derivative by an activation.
  static func gradient(of value: Value) -> Operand {
    Operand(kind: .valueGradient, index: value.index)
  }
  /// The copies of an activation, one for each pass over the batch's rows.
  static func copies(of value: Value) -> Operand { Operand(kind: .copies, index: value.index) }
  /// The loss's derivative by the copies of an activation.
  static func gradient(ofCopiesOf value: Value) -> Operand {
    Operand(kind: .copiesGradient, index: value.index)
  }
  /// A parameter.
  static func parameter(_ parameter: Parameter) -> Operand {
    Operand(kind: .parameter, index: parameter.index)
  }
  /// The loss's derivative by a parameter.
  static func gradient(of parameter: Parameter) -> Operand {
    Operand(kind: .parameterGradient, index: parameter.index)
  }
  /// One of the optimizer's arrays of a parameter.
  static func state(_ part: Int, of parameter: Parameter) -> Operand {
    Operand(kind: .state, index: parameter.index, part: part)
  }
  /// One of the buffers of the operation with this output.
  static func workspace(_ part: Int, of output: Value) -> Operand {
    Operand(kind: .workspace, index: output.index, part: part)
  }
  /// Where a table's update sums up its gradient.
  static func sums(of table: Parameter) -> Operand { Operand(kind: .sums, index: table.index) }
  /// Parts of the square of the norm of a table's gradient.
  static func squares(of table: Parameter) -> Operand {
    Operand(kind: .squares, index: table.index)
  }
  /// A piece of a table that is worked on in a window, or of an array of its optimizer's.
  static func stored(_ array: Int, piece: Int, of table: Parameter) -> Operand {
    Operand(kind: .stored, index: table.index, part: array, piece: piece)
  }
  /// As many zeros as a row has numbers.
  static func zeros(of table: Parameter) -> Operand { Operand(kind: .zeros, index: table.index) }
  /// The features of the rows that travel to windows and back, and their places there.
  static let travellingIDs = Operand(kind: .travellingIDs)
  static let travellingPlaces = Operand(kind: .travellingPlaces)
  /// The batch's loss, then the sum of losses; [2].
  static let loss = Operand(kind: .loss)
  /// What gradients are multiplied by before they count; [1].
  static let gradientScale = Operand(kind: .gradientScale)
}

/// Memory that a step wants.
public struct Reservation: Sendable {
  /// What names it: steps that name the same share it.
  let operand: Operand
  /// What it holds, for people.
  let label: String
  /// What it is for.
  let use: MemoryPlan.Use
  /// How many scalars.
  var count: Int
  /// What they are kept in.
  let precision: TablePrecision

  init(
    _ operand: Operand, _ label: String, _ use: MemoryPlan.Use, count: Int,
    in precision: TablePrecision = .float32
  ) {
    (self.operand, self.label, self.use, self.count) = (operand, label, use, count)
    self.precision = precision
  }

  /// How many bytes.
  ///
  /// - Parameter scalarSize: those of a scalar; of a float, half as many in bfloat16.
  func bytes(scalarSize: Int) -> Int {
    precision == .bfloat16 && scalarSize == 4 ? 2 * count : scalarSize * count
  }

  /// What gradients are multiplied by before they count.
  static let gradientScale = Reservation(
    .gradientScale, "gradient scale", .gradients, count: 1)
}
