import CIntrinsics
import OpenCL

/// How matrix products are computed: a policy, and what it comes to on a device.
public struct MatrixProducts: Sendable, CustomStringConvertible {
  /// What a user may ask for.
  public enum Policy: String, Sendable, Codable, CaseIterable {
    /// Our own kernel on CPUs; elsewhere our own, CLBlast, or ``tf32x3`` where that is as near to the exact products as
    /// the table of operators asks of floats: whichever is fastest there, see `ProductChoice`.
    case auto
    /// Our own kernel.
    case own
    /// CLBlast.
    case clblast
    /// Our own kernel on factors rounded to TF32, which keeps 11 of a float's 24 bits; sums are floats.
    /// For NVIDIA's GPUs.
    case tf32
    /// The same with each factor as a sum of two numbers in TF32, by three products: 21 bits, nearly a float's 24.
    case tf32x3
    /// The same on factors rounded to bfloat16, which keeps 8 bits. For these and for CPUs.
    case bfloat16
    /// The same with each factor as a sum of two numbers in bfloat16: 16 bits.
    case bfloat16x2
    /// As a sum of three: all bits.
    case bfloat16x3

    /// Whether factors keep the precision of floats.
    package var keepsFloats: Bool {
      switch self {
      case .auto, .own, .clblast, .bfloat16x3: true
      case .tf32, .tf32x3, .bfloat16, .bfloat16x2: false
      }
    }

    /// How many numbers in bfloat16 a factor becomes; nil where it stays a float.
    var parts: Int? {
      switch self {
      case .auto, .own, .clblast, .tf32, .tf32x3: nil
      case .bfloat16: 1
      case .bfloat16x2: 2
      case .bfloat16x3: 3
      }
    }
  }

  /// What was asked for.
  package let policy: Policy
  /// Whether CLBlast computes them. Products with a single output never go there.
  package var usesCLBlast: Bool { taken == .clblast }
  /// What was measured where the policy is ``Policy/auto`` and the device no CPU.
  package let choice: ProductChoice?
  /// What is done: the choice where there is one, or else what was asked for.
  private let taken: Policy
  /// What products in bfloat16 are made of on a CPU.
  let instructions: BFloat16Instructions
  /// Whether a GPU's tensor cores make them.
  package let usesTensorCores: Bool

  /// What a processor may have for products in bfloat16, from little to much.
  enum BFloat16Instructions: Int, Sendable, Comparable, CaseIterable {
    /// Nothing: they are done in floats, at the rate of floats.
    case none
    /// Dot products of vectors (AVX512_BF16).
    case dots
    /// Products of tiles (AMX).
    case tiles

    static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// How `gemm_bf16.cl` calls them.
    fileprivate var option: [String] {
      switch self {
      case .none: []
      case .dots: ["-DAVX512_BF16"]
      case .tiles: ["-DAMX"]
      }
    }

    fileprivate var description: String {
      switch self {
      case .none: "emulated"
      case .dots: "by AVX512_BF16"
      case .tiles: "by AMX"
      }
    }
  }

  /// - Parameters:
  ///   - limit: the most that is used of the processor's instructions for bfloat16.
  ///   - choice: what was measured, where the policy is ``Policy/auto``.
  /// - Throws: ``OpenCLError/unsupported(_:device:)``.
  init(
    _ policy: Policy, on device: Device, limit: BFloat16Instructions, choice: ProductChoice? = nil
  ) throws {
    (self.policy, self.choice, taken) = (policy, choice, choice?.fastest ?? policy)
    instructions = try Self.instructions(for: policy, on: device, limit: limit)
    usesTensorCores = device.kind != .cpu && !taken.keepsFloats
  }

  /// Whether a device has what a policy asks for.
  package static func isPossible(_ policy: Policy, on device: Device) -> Bool {
    (try? MatrixProducts(policy, on: device, limit: .tiles)) != nil
  }

  private static func instructions(
    for policy: Policy, on device: Device, limit: BFloat16Instructions
  ) throws -> BFloat16Instructions {
    func refuse(_ where: String) -> OpenCLError {
      .unsupported(
        "products in \(policy.rawValue) are for \(`where`); use --gemm auto", device: device.name)
    }
    let tensorCores = "NVIDIA's GPUs from compute capability 8.0 on"
    switch (policy, device.kind) {
    case (.auto, _), (.own, _), (.clblast, _): return .none
    case (.tf32, _), (.tf32x3, _), (.bfloat16, .gpu):
      guard device.hasTensorCores else {
        throw refuse(policy == .bfloat16 ? "CPUs and \(tensorCores)" : tensorCores)
      }
      return .none
    case (_, .cpu): break
    default: throw refuse("CPUs")
    }
    let all = BFloat16Instructions(rawValue: Int(allow_bfloat16_instructions())) ?? .none
    return min(all, limit)
  }

  /// How many numbers in bfloat16 a factor becomes; nil where it stays a float.
  var parts: Int? { policy.parts }

  /// What is to be said of a choice that costs time and gains nothing; nil for any other.
  public var doubt: String? {
    guard parts != nil, !usesTensorCores, instructions == .none else { return nil }
    return
      "this processor has no instructions for bfloat16: --gemm \(policy.rawValue) is slower here than "
      + "--gemm auto, which multiplies floats as they are"
  }

  /// What `gemm_bf16.cl` is compiled with.
  var options: [String] { ["-DPARTS=\(parts ?? 1)"] + instructions.option }

  /// What tensor cores multiply, where the policy asks for them.
  var tensorArithmetic: ProductTiles.Arithmetic? {
    guard usesTensorCores else { return nil }
    switch taken {
    case .tf32: return .tf32(emulated: false)
    case .tf32x3: return .tf32x3(emulated: false)
    default: return .bfloat16(emulated: false)
    }
  }

  /// What computes them, and why.
  public var description: String {
    if let choice { return choice.description }
    switch policy {
    case .auto: return "own kernel (auto)"
    case .own: return "own kernel (forced)"
    case .clblast: return "CLBlast (forced)"
    case .tf32, .tf32x3, .bfloat16, .bfloat16x2, .bfloat16x3:
      let means = usesTensorCores ? "by tensor cores" : instructions.description
      return "own kernel, \(policy.rawValue) \(means)"
    }
  }
}
