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
  /// The most rows that the thread which read a request computes itself, where the device is idle. 0 for none.
  package var inlineRows = 128

  /// The most rows that a thread which shares the device's only core with it computes before it looks for requests
  /// again. Three requests of a hundred rows take a tenth less time together than one by one: they fill whole tiles of
  /// the products, and fetch the model once. Of more of them there is little to be had, and the first one waits for the
  /// last.
  package var turnRows = 384

  package init() {}
}
