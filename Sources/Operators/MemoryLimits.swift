/// The bounds of a device's memory, in bytes.
public struct MemoryLimits: Sendable {
  /// All of it.
  public let total: Int
  /// The largest single allocation.
  public let largestAllocation: Int

  /// - Parameters:
  ///   - total: all of the device's memory, in bytes.
  ///   - largestAllocation: the largest single allocation, in bytes.
  public init(total: Int, largestAllocation: Int) {
    self.total = total
    self.largestAllocation = largestAllocation
  }
}
