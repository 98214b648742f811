/// What steps see while they run: the current batch, the memory of activations, parameters and gradients, and
/// what the pass is for.
public final class Pass<B: Backend> {
  /// What runs the steps.
  public let backend: B
  /// The current batch.
  public let input: B.Input
  /// Whether dropout acts and batch statistics are used.
  public internal(set) var isTraining = false
  /// Whether what steps make of the parameters alone is as the parameters are, and is used again.
  package internal(set) var reusesPrepared = false
  /// How many training steps have been made; while parameters are updated, with this one.
  public internal(set) var step = 0
  /// What the learning rate of optimizers that follow a schedule is multiplied by.
  var rateFactor: Float = 1
  /// Whether tables have been written to by others than the last step.
  var areTablesNew = true
  /// The rows of tables that the batch works on, where they travel to windows and back.
  var travelling = TravellingRows.none
  /// Whether no more than windows changes.
  var isRehearsal = false
  /// The rows that the step under way works on.
  private var copies = RowCopies.none

  /// What has the memory of something else.
  var aliases: [Operand: Operand] = [:] { didSet { remembered = [:] } }

  private let recipe: Recipe?
  private let seed: UInt64
  private var buffers: [Operand: B.Buffer] { didSet { remembered = [:] } }
  private var written: Set<Operand> = []
  /// See ``kept(for:_:)``.
  private var remembered: [ObjectIdentifier: (owner: AnyObject, value: AnyObject)] = [:]

  /// - Parameters:
  ///   - recipe: tells which rows of tables have gradients.
  ///   - seed: of dropout.
  init(
    on backend: B, input: B.Input, recipe: Recipe? = nil, seed: UInt64 = 0,
    buffers: [Operand: B.Buffer] = [:]
  ) {
    (self.backend, self.input, self.recipe, self.seed) = (backend, input, recipe, seed)
    self.buffers = buffers
  }

  /// The rows to work on: the samples of the current batch, or all their copies.
  public var rows: Int { input.rows * copies.count }

  /// The memory of an activation, [capacity × width].
  public subscript(value: Value) -> B.Buffer { self[copies.operand(of: value)] }

  /// The memory of a parameter.
  public subscript(parameter: Parameter) -> B.Buffer { self[.parameter(parameter)] }

  /// The loss's derivative by an activation.
  public func gradient(of value: Value) -> B.Buffer { self[copies.gradient(of: value)] }

  /// The loss's derivative by a parameter that is trained.
  public func gradient(of parameter: Parameter) -> B.Buffer { self[.gradient(of: parameter)] }

  /// Where an operation leaves the derivative by its input: the first overwrites, others add.
  public func target(for value: Value) -> GradientTarget<B.Buffer> {
    let isFirst = written.insert(copies.gradient(of: value)).inserted
    return GradientTarget(gradient(of: value), accumulates: !isFirst)
  }

  /// The buffers that an operation keeps for itself, see ``Operation/workspace(capacity:training:)``.
  public func workspace(of operation: some Operation) -> [B.Buffer] {
    var found: [B.Buffer] = []
    while let next = buffer(.workspace(found.count, of: operation.output)) { found.append(next) }
    return found
  }

  /// What follows a layer, with this step's dropout.
  package func epilogue(_ spec: EpilogueSpec) -> Epilogue {
    guard isTraining, spec.dropout > 0 else { return Epilogue(spec.activation) }
    return Epilogue(
      spec.activation,
      dropout: Dropout(
        rate: spec.dropout, seed: seed, step: UInt32(truncatingIfNeeded: step), layer: spec.layer))
  }

  /// How the numbers of a table that this step makes are rounded, where they are.
  func rounding(of table: Parameter) -> StochasticRounding {
    StochasticRounding(seed: seed, step: step, parameter: table.index)
  }

  /// Which rows of the parameter's gradient are kept.
  package func region(of parameter: Parameter) -> TableRegion {
    recipe?.region(of: parameter) ?? .whole
  }

  /// The memory that a plan has reserved.
  ///
  /// - Precondition: there is some: a step names what it uses by ``Step/memory(capacity:)``.
  subscript(operand: Operand) -> B.Buffer {
    get {
      guard let buffer = buffer(operand) else { preconditionFailure("no memory for \(operand)") }
      return buffer
    }
    set { buffers[aliases[operand] ?? operand] = newValue }
  }

  /// The memory; nil where the plan has none.
  func buffer(_ operand: Operand) -> B.Buffer? {
    buffers[aliases.isEmpty ? operand : aliases[operand] ?? operand]
  }

  /// What a step makes of the buffers and keeps from one batch to the next, until there are others.
  ///
  /// - Parameter owner: the step's own, which nobody else asks with.
  func kept<Kept: AnyObject>(for owner: AnyObject, _ make: () throws -> Kept) rethrows -> Kept {
    if let known = remembered[ObjectIdentifier(owner)]?.value as? Kept { return known }
    let made = try make()
    remembered[ObjectIdentifier(owner)] = (owner, made)
    return made
  }

  /// Makes memory.
  func make(_ reservations: [Reservation]) throws {
    for reservation in reservations where buffers[reservation.operand] == nil {
      buffers[reservation.operand] = try backend.makeBuffer(
        reservation.label, count: reservation.count, in: reservation.precision)
    }
  }

  /// Runs steps, one after the other.
  func run(_ steps: [any Step]) throws {
    for step in steps {
      backend.begin(step.section)
      try backend.run(step, self)
    }
  }

  /// The same pass with more memory.
  func adding(_ buffers: [Operand: B.Buffer]) -> Pass {
    let pass = Pass(
      on: backend, input: input, recipe: recipe, seed: seed,
      buffers: self.buffers.merging(buffers) { $1 })
    (pass.isTraining, pass.step, pass.rateFactor) = (isTraining, step, rateFactor)
    (pass.copies, pass.aliases) = (copies, aliases)
    return pass
  }

  /// Lets a step work on copies of the batch's rows.
  func with(_ copies: RowCopies, _ work: () throws -> Void) rethrows {
    self.copies = copies
    defer { self.copies = .none }
    try work()
  }

  /// Forgets which gradients have been written.
  func beginBackward() { written.removeAll(keepingCapacity: true) }
}

/// A pass of the reference.
public typealias ReferencePass = Pass<ReferenceBackend>
/// A pass on an OpenCL device.
public typealias DevicePass = Pass<OpenCLBackend>

/// Where an operation leaves the derivative by one of its inputs.
public struct GradientTarget<Buffer> {
  /// The gradient's memory.
  public let buffer: Buffer
  /// Whether to add to what another operation left there, rather than overwrite it.
  public let accumulates: Bool

  /// - Parameter accumulates: whether to add rather than overwrite.
  public init(_ buffer: Buffer, accumulates: Bool = false) {
    self.buffer = buffer
    self.accumulates = accumulates
  }
}
