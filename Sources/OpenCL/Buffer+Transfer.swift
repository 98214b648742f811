import COpenCL

extension Buffer {
  private static var stride: Int { MemoryLayout<Element>.stride }

  /// What lies in memory otherwise than its elements do is moved by ``rounded``.
  private func checkIsPlain() { precondition(rounded == nil, "\(label) is kept in bfloat16") }

  /// Writes `values` at `offset`, copied now and sent when the queue comes to it.
  package func write(_ values: [Element], at offset: Int = 0, on queue: Queue) throws {
    try write(HostMemory(values), at: offset, on: queue)
  }

  /// Writes the `first` elements of `memory`, by default all, at `offset` when the queue comes to it; `memory`
  /// must not change until then.
  ///
  /// - Returns: an event that is complete when `memory` may be used again; nil if it is empty.
  @discardableResult
  package func write(
    _ memory: HostMemory<Element>, first: Int? = nil, at offset: Int = 0, on queue: Queue
  ) throws -> Event? {
    try write(memory, 0..<(first ?? memory.elements.count), at: offset, on: queue)
  }

  /// The same with the elements of `range`.
  @discardableResult
  package func write(
    _ memory: HostMemory<Element>, _ range: Range<Int>, at offset: Int = 0, on queue: Queue
  ) throws -> Event? {
    checkIsPlain()
    precondition(range.upperBound <= memory.elements.count)
    precondition(offset >= 0 && offset + range.count <= count)
    guard !range.isEmpty else { return nil }
    return try queue.transfer("clEnqueueWriteBuffer", "write \(label)", keeping: memory) {
      clEnqueueWriteBuffer(
        queue.handle, handle, cl_bool(CL_FALSE), offset * Self.stride, range.count * Self.stride,
        memory.elements.baseAddress! + range.lowerBound, 0, nil, $0)
    }
  }

  /// Writes elements at `offset` and waits until they are there.
  package func write(
    from elements: UnsafeBufferPointer<Element>, at offset: Int, on queue: Queue
  ) throws {
    checkIsPlain()
    precondition(offset >= 0 && offset + elements.count <= count)
    guard !elements.isEmpty else { return }
    try queue.enqueue("clEnqueueWriteBuffer", "write \(label)") {
      clEnqueueWriteBuffer(
        queue.handle, handle, cl_bool(CL_TRUE), offset * Self.stride, elements.count * Self.stride,
        elements.baseAddress, 0, nil, $0)
    }
  }

  /// Waits for the queue and returns the elements of `range`, by default all.
  package func read(_ range: Range<Int>? = nil, on queue: Queue) throws -> [Element] {
    checkIsPlain()
    let range = range ?? 0..<count
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    guard !range.isEmpty else { return [] }
    return try [Element](unsafeUninitializedCapacity: range.count) { values, initialized in
      try queue.enqueue("clEnqueueReadBuffer", "read \(label)") {
        clEnqueueReadBuffer(
          queue.handle, handle, cl_bool(CL_TRUE), range.lowerBound * Self.stride,
          range.count * Self.stride, values.baseAddress, 0, nil, $0)
      }
      initialized = range.count
    }
  }

  /// Fills the `first` elements of `memory`, by default all, from `offset` on when the queue comes to it.
  ///
  /// - Returns: an event that is complete when `memory` may be read; nil if it is empty.
  @discardableResult
  package func read(
    into memory: HostMemory<Element>, first: Int? = nil, at offset: Int = 0, on queue: Queue
  ) throws -> Event? {
    let values = memory.elements.prefix(first ?? memory.elements.count)
    checkIsPlain()
    precondition(offset >= 0 && offset + values.count <= count)
    guard !values.isEmpty else { return nil }
    return try queue.transfer("clEnqueueReadBuffer", "read \(label)", keeping: memory) {
      clEnqueueReadBuffer(
        queue.handle, handle, cl_bool(CL_FALSE), offset * Self.stride, values.count * Self.stride,
        memory.elements.baseAddress, 0, nil, $0)
    }
  }

  /// Sets the elements of `range`, by default all, to `value`.
  ///
  /// - Precondition: the element's size is a power of two of at most 128 bytes.
  package func fill(_ value: Element, _ range: Range<Int>? = nil, on queue: Queue) throws {
    checkIsPlain()
    let range = range ?? 0..<count
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    guard !range.isEmpty else { return }
    var value = value
    try queue.enqueue("clEnqueueFillBuffer", "fill \(label)") {
      clEnqueueFillBuffer(
        queue.handle, handle, &value, Self.stride, range.lowerBound * Self.stride,
        range.count * Self.stride, 0, nil, $0)
    }
  }

  /// Copies the elements of `range`, by default all, to `destination` at `offset`.
  package func copy(
    _ range: Range<Int>? = nil, to destination: Buffer, at offset: Int = 0, on queue: Queue
  ) throws {
    checkIsPlain()
    let range = range ?? 0..<count
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    precondition(offset >= 0 && offset + range.count <= destination.count)
    guard !range.isEmpty else { return }
    try queue.enqueue("clEnqueueCopyBuffer", "copy \(label)") {
      clEnqueueCopyBuffer(
        queue.handle, handle, destination.handle, range.lowerBound * Self.stride,
        offset * Self.stride, range.count * Self.stride, 0, nil, $0)
    }
  }
}
