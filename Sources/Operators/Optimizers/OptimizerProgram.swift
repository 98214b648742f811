import Kernels
import OpenCL

/// The optimizers that kernels are compiled for: one, or, where a kernel updates two parameters, up to two.
struct OptimizerProgram: Sendable {
  private let optimizers: [any Optimizer]

  init(_ optimizers: [any Optimizer]) {
    self.optimizers = optimizers.reduce(into: []) { found, optimizer in
      if !found.contains(where: { type(of: $0).name == type(of: optimizer).name }) {
        found.append(optimizer)
      }
    }
    name = self.optimizers.map { type(of: $0).name }.joined(separator: "+")
    stateCount = max(self.optimizers.map { type(of: $0).states.count }.max() ?? 0, 1)
  }

  /// Tells programs apart.
  let name: String

  /// The most arrays of one; a kernel has a pointer to each, and at least one.
  let stateCount: Int

  /// How many parameters a launch of `optimizer_gpu.cl` updates at most: what it is called with, a slot's pointers
  /// and numbers, four rules and some buffers, is 1024 bytes, as much as any device takes.
  var slots: Int { (1024 - 32 - 4 * 48 - 4) / (8 * (2 + stateCount) + 14) & ~1 }

  var options: [String] { ["-DSTATES=\(stateCount)", "-DSLOTS=\(slots)"] }

  /// What `optimizer_step.cl` declares.
  var source: KernelSource {
    let pointers = (0..<stateCount).map { "name##\($0)" }
    let parameters = pointers.map { "global entry *\($0)" }
    // In steps: as one sum of lists it took the compiler 18 s.
    var lines = [
      "#include \"optimizer_step.cl\"",
      "#define STATE(name) \(parameters.joined(separator: ", "))",
      "#define POINTERS(name) {\(pointers.joined(separator: ", "))}",
      "static int states(Rule rule) {",
      choice { "\(type(of: $0).states.count { !$0.isPerRow })" },
      "}", "static int is_rowwise(Rule rule) {",
      choice { type(of: $0).rowSource == nil ? "0" : "1" },
      "}",
    ]
    for (index, optimizer) in optimizers.enumerated() { lines += step(optimizer, index) }
    lines += [
      "static float row_factor(Rule rule, float mean, global float *number) {",
      choice {
        type(of: $0).rowSource == nil ? "0.0f" : "row_factor_\(index(of: $0))(rule, mean, number)"
      },
      "}", "INLINE Numbers optimize(Rule rule, vec g, Numbers x, float factor) {",
      choice { "optimize_\(index(of: $0))(rule, g, x, factor)" },
      "}",
    ]
    lines += slotMacros
    return KernelSource(name: "optimizers", text: lines.joined(separator: "\n"))
  }

  /// The parameters of `optimizer_gpu.cl` for all slots, and what chooses those of one.
  private var slotMacros: [String] {
    func list(_ separator: String, _ text: (Int) -> String) -> String {
      (0..<slots).map(text).joined(separator: separator)
    }
    func state(_ slot: Int, _ text: (String, Int) -> String) -> String {
      (0..<stateCount).map { text("state\(slot)_\($0)", $0) }.joined()
    }
    return [
      "#define GRADIENT_PARAMETERS "
        + list(", ") { "global const float *gradient\($0), global const entry *weight\($0)" },
      "#define CHOOSE_GRADIENT "
        + list(" ") { "case \($0): gradient = gradient\($0); weight = weight\($0); break;" },
      "#define SLOT_PARAMETERS "
        + list(", ") {
          "global const float *gradient\($0), global entry *weight\($0)"
            + state($0) { name, _ in ", global entry *\(name)" }
        },
      "#define CHOOSE_SLOT "
        + list(" ") {
          "case \($0): gradient = gradient\($0); t.weight = weight\($0);"
            + state($0) { " t.state[\($1)] = \($0);" } + " break;"
        },
    ]
  }

  /// The functions of one optimizer.
  private func step(_ optimizer: any Optimizer, _ index: Int) -> [String] {
    let type = type(of: optimizer)
    let numbers =
      "  const float rate = rule.rate;\n"
      + optimizer.sourceNumbers(step: 1, decay: 0).enumerated().map {
        "  const float \($1.key) = rule.numbers[\($0)];\n"
      }.joined()
    let states = type.states.filter { !$0.isPerRow }.map(\.name)
    var lines: [String] = []
    if let source = type.rowSource, let number = type.states.first(where: \.isPerRow)?.name {
      lines = [
        "static float row_factor_\(index)(Rule rule, float mean, global float *number) {",
        numbers + "  float factor = 0.0f, \(number) = *number;", source, "  *number = \(number);",
        "  return factor;", "}",
      ]
    }
    return lines + [
      "INLINE Numbers optimize_\(index)(Rule rule, vec g, Numbers x, float factor) {",
      numbers + "  vec w = x.weight;",
    ] + states.enumerated().map { "  vec \($1) = x.state[\($0)];" } + [
      type.source, "  x.weight = w;",
    ]
      + states.enumerated().map { "  x.state[\($0)] = \($1);" } + ["  return x;", "}"]
  }

  /// Returns what belongs to the optimizer of a rule.
  private func choice(_ value: (any Optimizer) -> String) -> String {
    optimizers.enumerated().map { index, optimizer in
      (index + 1 < optimizers.count ? "  if (rule.kind == \(index)) return " : "  return ")
        + value(optimizer) + ";"
    }.joined(separator: "\n")
  }

  private func index(of optimizer: any Optimizer) -> Int {
    optimizers.firstIndex { type(of: $0).name == type(of: optimizer).name } ?? 0
  }

  /// The scale of gradients, the rule, the weights and the state of a parameter, as every kernel that updates one
  /// takes them.
  ///
  /// - Parameters:
  ///   - names: what the kernel calls rule and weights, and its states before their numbers.
  ///   - l2: the λ of the L2 that the kernel adds to the gradient.
  func arguments(
    of parameter: Parameter, _ optimizer: any Optimizer, _ group: Recipe.Group, l2: Float = 0,
    named names: (rule: String, weight: String, state: String) = ("rule", "weight", "state"),
    _ pass: DevicePass
  ) -> KernelArguments {
    let rule = rule(of: parameter, optimizer, group, l2: l2, pass)
    let states = (0..<stateCount).map {
      ("\(names.state)\($0)", pass.buffer(.state($0, of: parameter)) ?? pass.backend.none)
    }
    return [names.rule: StructArgument(rule), names.weight: pass[parameter]]
      + KernelArguments(states)
  }

  /// An optimizer with its numbers at this step, as kernels take it.
  func rule(
    of parameter: Parameter, _ optimizer: any Optimizer, _ group: Recipe.Group, l2: Float,
    _ pass: DevicePass
  ) -> RuleArgument {
    let numbers = optimizer.sourceNumbers(step: pass.step, decay: group.decay(of: parameter))
      .map(\.value)
    precondition(numbers.count <= 8, "an optimizer has 8 numbers at most")
    func number(_ index: Int) -> Float { index < numbers.count ? numbers[index] : 0 }
    return RuleArgument(
      kind: Int32(index(of: optimizer)), rate: group.rate(step: pass.step, factor: pass.rateFactor),
      l2: l2,
      numbers: (
        number(0), number(1), number(2), number(3), number(4), number(5), number(6), number(7)
      ), key: parameter.precision == .float32 ? 0 : pass.rounding(of: parameter).key)
  }
}

/// The struct of `optimizer_step.cl`.
struct RuleArgument: BitwiseCopyable {
  let kind: Int32
  let rate, l2: Float
  let numbers: (Float, Float, Float, Float, Float, Float, Float, Float)
  /// Of the rounding of a table's numbers.
  let key: UInt32
}
