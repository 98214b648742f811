import CIntrinsics
import OpenCL

/// Who computes matrix products: a policy, and what it comes to on a device.
public struct MatrixProducts: Sendable, CustomStringConvertible {
  /// What a user may ask for.
  public enum Policy: String, Sendable, Codable, CaseIterable {
    /// Our own kernel on CPUs, CLBlast elsewhere.
    case auto
    /// Our own kernel.
    case own
    /// CLBlast.
    case clblast
    /// Our own kernel on factors rounded to bfloat16, which keeps 8 of a float's 24 bits; sums are
    /// floats.
    case bfloat16
    /// The same with each factor as a sum of two numbers in bfloat16: 16 bits.
    case bfloat16x2
    /// As a sum of three: all bits.
    case bfloat16x3

    /// Whether factors keep the precision of floats.
    public var keepsFloats: Bool { parts == nil || self == .bfloat16x3 }

    /// How many numbers in bfloat16 a factor becomes; nil where it stays a float.
    var parts: Int? {
      switch self {
      case .auto, .own, .clblast: nil
      case .bfloat16: 1
      case .bfloat16x2: 2
      case .bfloat16x3: 3
      }
    }
  }

  /// What was asked for.
  public let policy: Policy
  /// Whether CLBlast computes them. Products with a single output never go there.
  public let usesCLBlast: Bool
  /// What products in bfloat16 are made of.
  let instructions: BFloat16Instructions

  /// What a processor may have for products in bfloat16, from little to much.
  enum BFloat16Instructions: Int, Sendable, Comparable, CaseIterable {
    /// Nothing: they are done in floats, at the rate of floats.
    case none
    /// Dot products of vectors (AVX512_BF16).
    case dots
    /// Products of tiles (AMX).
    case tiles

    static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// How `bfloat16.cl` calls them.
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

  /// - Parameter limit: the most that is used of the processor's instructions for bfloat16.
  /// - Throws: ``OpenCLError/unsupported(_:device:)``.
  init(_ policy: Policy, on device: Device, limit: BFloat16Instructions) throws {
    self.policy = policy
    usesCLBlast =
      switch policy {
      case .auto: device.kind != .cpu
      case .own, .bfloat16, .bfloat16x2, .bfloat16x3: false
      case .clblast: true
      }
    guard policy.parts != nil else {
      instructions = .none
      return
    }
    guard device.kind == .cpu else {
      throw OpenCLError.unsupported(
        "products in \(policy.rawValue) are for CPUs; use --gemm auto", device: device.name)
    }
    let all = BFloat16Instructions(rawValue: Int(allow_bfloat16_instructions())) ?? .none
    instructions = min(all, limit)
  }

  /// How many numbers in bfloat16 a factor becomes; nil where it stays a float.
  var parts: Int? { policy.parts }

  /// What `bfloat16.cl` is compiled with.
  var options: [String] { ["-DPARTS=\(parts ?? 1)"] + instructions.option }

  /// Who computes them, and whether that was the policy's own choice.
  public var description: String {
    if usesCLBlast { return "CLBlast" + choice }
    guard parts != nil else { return "own kernel" + choice }
    return "own kernel, \(policy.rawValue) \(instructions.description)"
  }

  private var choice: String { policy == .auto ? " (auto)" : " (forced)" }
}
