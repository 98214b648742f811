/// FTRL-Proximal (McMahan et al. 2013), η is its α: `σ = (√(n+g²) − √n)/η`, `z += g − σ·w`,
/// `n += g²`, `w = 0` where |z| ≤ λ₁, else `−(z − sign(z)·λ₁) / ((β + √n)/η + λ₂)`.
/// z starts so that the initial weight is kept.
public struct FTRL: Optimizer {
  public static let name = "ftrl"
  public static let title = "FTRL"
  public static let states = [OptimizerState("z"), OptimizerState("n")]
  public static let leavesRowsWithoutGradient = false
  /// No: z holds the weights in units of the rate, so that another rate would rescale all of them at once; its
  /// rates fall on their own, coordinate by coordinate.
  public static let followsSchedule = false
  public static let allowsRowDecay = false
  public static func usualRate(isWide: Bool) -> Float? { 1e-1 }

  /// β.
  public let beta: Float
  /// λ₁.
  public let l1: Float
  /// λ₂.
  public let l2: Float

  public init() { self.init(beta: 1) }

  /// - Parameters: as in the equations.
  public init(beta: Float = 1, l1: Float = 0, l2: Float = 0) {
    (self.beta, self.l1, self.l2) = (beta, l1, l2)
  }

  public init(settings: [String: Float]) {
    self.init(
      beta: settings["ftrl_beta"] ?? 1, l1: settings["ftrl_l1"] ?? 0, l2: settings["ftrl_l2"] ?? 0)
  }

  public func initialState<Scalar: BinaryFloatingPoint>(
    _ index: Int, of weight: [Scalar], rows: Int, rate: Float
  ) -> [Scalar] {
    let (l1, l2) = (Scalar(l1), Scalar(l2))
    let scale = Scalar(beta) / Scalar(rate) + l2
    return weight.map { (w: Scalar) -> Scalar in
      guard index == 0, w != 0 else { return 0 }
      let bound: Scalar = w < 0 ? -l1 : l1
      return -w * scale - bound
    }
  }

  public func update(_ row: OptimizerRow) {
    let (z, n) = (row.state[0], row.state[1])
    let (β, λ1, λ2) = (Double(beta), Double(l1), Double(l2))
    for (j, g) in row.gradient.enumerated() {
      z[j] +=
        g - ((n[j] + g * g).squareRoot() - n[j].squareRoot()) / row.rate * row.weight[j]
      n[j] += g * g
      row.weight[j] =
        abs(z[j]) <= λ1
        ? 0
        : -(z[j] - (z[j] < 0 ? -λ1 : λ1)) / ((β + n[j].squareRoot()) / row.rate + λ2)
    }
  }

  public func numbers(step: Int, decay: Float) -> KeyValuePairs<String, Float> {
    ["beta": beta, "l1": l1, "l2": l2]
  }

  public static let source = """
    const vec old = n, root = sqrt(fma(g, g, old));
    n = fma(g, g, old);
    // (√(n+g²) − √n)/η without cancellation: g² over the roots' sum.
    const vec roots = root + sqrt(old);
    const vec sigma = roots > 0.0f ? g * g / (roots * rate) : (vec)(0.0f);
    z = z + g - sigma * w;
    const vec solved = -(z - copysign((vec)(l1), z)) / ((beta + root) / rate + l2);
    w = fabs(z) <= l1 ? (vec)(0.0f) : solved;
    """
}
