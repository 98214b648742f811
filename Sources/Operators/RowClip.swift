/// The bound that CowClip (Zheng et al. 2023) sets on the gradient of each row of a table: for an id
/// with n occurrences in the batch and the row w, `‖g‖ ≤ n · max(ratio·‖w‖, floor)`.
public struct RowClip: Sendable, Codable, Hashable {
  /// The bound of an occurrence as a share of the row's norm.
  public var ratio: Float
  /// The least bound of an occurrence, for rows near 0.
  public var floor: Float

  /// - Parameters:
  ///   - ratio: the bound of an occurrence as a share of the row's norm.
  ///   - floor: the least bound of an occurrence.
  public init(ratio: Float = 1, floor: Float = 1e-5) {
    self.ratio = ratio
    self.floor = floor
  }
}
