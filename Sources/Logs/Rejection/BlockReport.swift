import Support

/// What came of a block.
package struct BlockReport: Sendable {
  /// How many rows were sound.
  package var rows = 0
  /// Whether every one of them had a label.
  package var isLabelled = true
  /// The rows that could not be read, in order.
  package var rejected: [RejectedRow] = []

  package init() {}

  /// Adds what comes of a batch, with the rows that could not be read in order.
  ///
  /// - Returns: whether there are any.
  mutating func add(_ batch: (inout BlockReport) throws -> Void) rethrows -> Bool {
    let sorted = rejected.count
    try batch(&self)
    rejected[sorted...].sort { $0.number < $1.number }
    return rejected.count > sorted
  }
}

/// A row that could not be read.
package struct RejectedRow: Sendable {
  /// Its number, counted over all sources.
  package var number: Int
  /// What is wrong with it.
  package var error: UserError
  /// The record as it is written, with its line end.
  package var bytes: [UInt8]

  package init(number: Int, error: UserError, bytes: [UInt8]) {
    (self.number, self.error, self.bytes) = (number, error, bytes)
  }
}
