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
  }

  /// What was asked for.
  public let policy: Policy
  /// Whether CLBlast computes them. Products with a single output never go there.
  public let usesCLBlast: Bool

  init(_ policy: Policy, on device: Device) {
    self.policy = policy
    usesCLBlast =
      switch policy {
      case .auto: device.kind != .cpu
      case .own: false
      case .clblast: true
      }
  }

  /// Who computes them, and whether that was the policy's own choice.
  public var description: String {
    (usesCLBlast ? "CLBlast" : "own kernel") + (policy == .auto ? " (auto)" : " (forced)")
  }
}
