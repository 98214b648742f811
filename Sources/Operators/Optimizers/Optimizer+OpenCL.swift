import Foundation
import OpenCL

extension DevicePass {
  /// The optimizer's arrays of a parameter.
  func states(of parameter: Parameter, _ optimizer: Optimizer) -> [OpenCLBackend.Buffer] {
    optimizer.states(of: parameter).map { self[$0.operand] }
  }

  /// The same as the kernels want them.
  func stateArguments(of parameter: Parameter, _ optimizer: Optimizer) -> [any KernelArgument] {
    let states = states(of: parameter, optimizer)
    return [states.first ?? backend.none, states.last ?? backend.none]
  }
}

/// The struct of `optimizer_step.cl`.
struct RuleArgument: BitwiseCopyable {
  let kind: Int32
  let rate, l2: Float
  let numbers: (Float, Float, Float, Float, Float)
}

extension Optimizer {
  /// The kernels' form.
  ///
  /// - Parameters:
  ///   - rate: this step's learning rate.
  ///   - l2: λ of L2, where the kernel adds it to the gradient.
  ///   - step: how many steps this makes, from 1.
  ///   - width: the columns of the parameter: rows of one number are row-wise Adagrad's as Adagrad's.
  func rule(rate: Float, l2: Float = 0, step: Int, width: Int = 0) -> StructArgument<RuleArgument> {
    func rule(_ kind: Int32, _ numbers: (Float, Float, Float, Float, Float)) -> StructArgument<
      RuleArgument
    > {
      StructArgument(RuleArgument(kind: kind, rate: rate, l2: l2, numbers: numbers))
    }
    switch self {
    case .sgd: return rule(0, (0, 0, 0, 0, 0))
    case .adagrad(let epsilon, _): return rule(1, (epsilon, 0, 0, 0, 0))
    case .rowwiseAdagrad(let epsilon, _):
      // A row whose gradients were all 0 stays where it is, also with ε = 0.
      return width == 1
        ? rule(1, (max(epsilon, .leastNormalMagnitude), 0, 0, 0, 0))
        : rule(2, (epsilon, 0, 0, 0, 0))
    case .adam(let beta1, let beta2, let epsilon):
      func correction(_ beta: Float) -> Float { Float(1 / (1 - pow(Double(beta), Double(step)))) }
      return rule(3, (beta1, beta2, epsilon, correction(beta1), correction(beta2)))
    case .ftrl(let beta, let l1, let l2): return rule(4, (beta, l1, l2, 0, 0))
    }
  }
}
