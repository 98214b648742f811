import NIOCore

/// How requests are gathered into batches.
package struct BatchingPolicy: Sendable, Hashable {
  /// The most rows that are computed together.
  package var maxBatch = 1024
  /// How long a batch behind another one may wait to be filled. The first request at an idle device never
  /// waits.
  package var maxDelay = TimeAmount.zero
  /// The most rows that may wait; further requests are refused at once.
  package var maxQueue = 2048
  /// The most rows that the thread which read a request computes itself, where the device is idle.
  package var inlineRows = 128

  package init() {}
}
