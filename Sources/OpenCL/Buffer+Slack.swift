import COpenCL

extension Buffer {
  /// A byte of which four are no float.
  private static var canary: UInt8 { 0xFF }

  /// Fills the slack with what is not a number: a kernel may read it, and nothing it leaves may depend on it.
  package func guardSlack(on queue: Queue) throws {
    if let rounded { return try rounded.guardSlack(on: queue) }
    var canary = Self.canary
    try queue.enqueue("clEnqueueFillBuffer", "guard \(label)") {
      clEnqueueFillBuffer(
        queue.handle, handle, &canary, 1, count * MemoryLayout<Element>.stride, bufferSlack, 0, nil,
        $0)
    }
  }

  /// Waits for the queue, then tells whether the slack is still as ``guardSlack(on:)`` left it.
  package func isSlackIntact(on queue: Queue) throws -> Bool {
    if let rounded { return try rounded.isSlackIntact(on: queue) }
    let slack = try [UInt8](unsafeUninitializedCapacity: bufferSlack) { bytes, initialized in
      try queue.enqueue("clEnqueueReadBuffer", "slack of \(label)") {
        clEnqueueReadBuffer(
          queue.handle, handle, cl_bool(CL_TRUE), count * MemoryLayout<Element>.stride, bufferSlack,
          bytes.baseAddress, 0, nil, $0)
      }
      initialized = bufferSlack
    }
    return slack.allSatisfy { $0 == Self.canary }
  }
}
