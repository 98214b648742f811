import OpenCL

extension OpenCLBackend {
  /// Runs `body`, and then looks behind the ends of all buffers that it had made, scratch memory too, of
  /// which each step has what it asks for: kernels may read what stands there, which are no numbers
  /// meanwhile, and never write.
  ///
  /// - Throws: ``OverrunError``, or what `body` throws.
  func guardingSlack<Result>(_ body: () throws -> Result) throws -> Result {
    guarded = []
    defer { guarded = nil }
    let result = try body()
    for buffer in guarded ?? [] where try !buffer.isSlackIntact(on: queue) {
      throw OverrunError(label: buffer.label, count: buffer.count)
    }
    return result
  }

  /// Notes a buffer that nothing may be written behind.
  func guardSlack(of buffer: Buffer) throws {
    guard guarded != nil else { return }
    try buffer.guardSlack(on: queue)
    guarded?.append(buffer)
  }
}

/// An operator that wrote past the end of a buffer.
struct OverrunError: Error, CustomStringConvertible {
  let label: String
  let count: Int

  var description: String { "something was written past the end of \(label), \(count) numbers" }
}
