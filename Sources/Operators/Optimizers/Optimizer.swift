import Support

/// How a parameter follows its gradient g with learning rate η: everything about an optimizer is in one type, and
/// ``OptimizerRegistry`` names it.
///
/// A row of a parameter is updated by itself. Its state is some numbers for each weight, and maybe one for the row.
public protocol Optimizer: Sendable, Hashable {
  /// As users write it.
  static var name: String { get }
  /// For people.
  static var title: String { get }
  /// The optimizer's arrays, those with a number for each weight first.
  static var states: [OptimizerState] { get }
  /// Whether a row whose gradient is 0 stays as it is, its state included.
  static var leavesRowsWithoutGradient: Bool { get }
  /// Whether the learning rate may change from step to step.
  static var followsSchedule: Bool { get }
  /// Whether the λ of L2 is not added to the gradient, but given to the optimizer as weight decay.
  static var decouplesL2: Bool { get }
  /// Whether its steps go on from the weights as they are, so that rows may decay besides; not where weights follow
  /// from the state alone.
  static var allowsRowDecay: Bool { get }
  /// The learning rate where nobody has tuned it; nil for the model's own.
  ///
  /// - Parameter isWide: whether of first-order weights.
  static func usualRate(isWide: Bool) -> Float?

  /// Its usual numbers.
  init()
  /// With the settings that it has.
  ///
  /// - Parameter settings: by their names in a configuration.
  init(settings: [String: Float])

  /// What takes its place for a kind of parameter.
  func adapted(to kind: Parameter.Kind) -> any Optimizer
  /// What does the same for rows of one number, weight by weight.
  var ofSingleNumbers: any Optimizer { get }

  /// One of the arrays before the first step, one number a weight or a row.
  func initialState<Scalar: BinaryFloatingPoint>(
    _ index: Int, of weight: [Scalar], rows: Int, rate: Float
  ) -> [Scalar]

  /// One step, in plain Swift.
  func update(_ row: OptimizerRow)

  /// The names and values of the numbers that ``source`` reads, 8 at most.
  func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float>
  /// The same step in OpenCL C: changes the vectors `w` and those named by ``states`` by the vector `g` and the
  /// floats `rate` and `numbers(step:decay:)`.
  static var source: String { get }
  /// Of an optimizer whose rows have a number: changes the float named by ``states`` by the float `mean`, that of the
  /// row's g², and sets the float `factor`, which ``source`` may read; nil for others.
  static var rowSource: String? { get }
}

/// An array of an optimizer's.
public struct OptimizerState: Sendable {
  /// As the equations call it.
  public let name: String
  /// Whether it has one number a row, rather than one a weight.
  public let isPerRow: Bool

  /// - Parameters:
  ///   - name: as the equations call it.
  ///   - isPerRow: whether it has one number a row, rather than one a weight.
  public init(_ name: String, isPerRow: Bool = false) {
    (self.name, self.isPerRow) = (name, isPerRow)
  }
}

/// A row of a parameter that an optimizer updates in plain Swift.
public struct OptimizerRow {
  /// The weights.
  public let weight: UnsafeMutableBufferPointer<Double>
  /// g.
  public let gradient: [Double]
  /// The state, as ``Optimizer/states`` says.
  public let state: [UnsafeMutableBufferPointer<Double>]
  /// η.
  public let rate: Double
  /// How many steps this makes, from 1.
  public let step: Int
  /// The λ of ``Optimizer/decouplesL2``.
  public let decay: Double
}

extension Optimizer {
  public static var followsSchedule: Bool { true }
  public static var decouplesL2: Bool { false }
  public static var allowsRowDecay: Bool { true }
  public static var rowSource: String? { nil }
  public static func usualRate(isWide: Bool) -> Float? { nil }
  public init(settings: [String: Float]) { self.init() }
  public func adapted(to kind: Parameter.Kind) -> any Optimizer { self }
  public var ofSingleNumbers: any Optimizer { self }
  public func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float> { [:] }

  /// Zeros.
  public func initialState<Scalar: BinaryFloatingPoint>(
    _ index: Int, of weight: [Scalar], rows: Int, rate: Float
  ) -> [Scalar] {
    repeated(0, Self.states[index].isPerRow ? rows : weight.count)
  }

  /// The memory of the arrays of a parameter.
  func states(of parameter: Parameter) -> [Reservation] {
    Self.states.enumerated().map { index, state in
      Reservation(
        .state(index, of: parameter), parameter.name, .optimizer,
        count: state.isPerRow ? parameter.rows : parameter.count,
        in: parameter.precision(of: state))
    }
  }

  /// How many numbers of state a parameter of `rows` × `columns` has.
  public func stateCount(rows: Int, columns: Int) -> Int {
    Self.states.reduce(0) { $0 + ($1.isPerRow ? rows : rows * columns) }
  }

  /// One step on the rows of a region.
  func update(
    _ target: UpdateRegion, _ pass: ReferencePass, _ group: Recipe.Group, gradient: ReferenceBuffer
  ) {
    let (parameter, width) = (target.parameter, target.parameter.columns)
    let (weight, scale) = (pass[parameter], pass[.gradientScale][0])
    let states = Self.states.enumerated().map {
      (buffer: pass[.state($0, of: parameter)], width: $1.isPerRow ? 1 : width)
    }
    let rounded = Self.states.map { parameter.precision(of: $0) == .bfloat16 }
    let rounding = pass.rounding(of: parameter)
    let rate = Double(group.rate(step: pass.step, factor: pass.rateFactor))
    let decay = Double(group.decay(of: parameter))
    target.forEachRow(pass) { row, place in
      update(
        OptimizerRow(
          weight: weight.row(row, width: width),
          gradient: gradient.row(place, width: width).map { $0 * scale },
          state: states.map { $0.buffer.row(row, width: $0.width) }, rate: rate, step: pass.step,
          decay: decay))
      guard parameter.precision == .bfloat16 else { return }
      rounding.round(weight.row(row, width: width), from: row * width, array: 0)
      for (index, state) in states.enumerated() where rounded[index] {
        rounding.round(
          state.buffer.row(row, width: state.width), from: row * state.width, array: index + 1)
      }
    }
  }

  /// Whether the other is the same with the same numbers.
  public func isEqual(to other: any Optimizer) -> Bool { self == other as? Self }
}

/// A number so many times: at the speed of memory where it is a float, also from code that is compiled for any number.
func repeated<Scalar: BinaryFloatingPoint>(_ number: Float, _ count: Int) -> [Scalar] {
  [Float](repeating: number, count: count).converted()
}
