import COpenCL

/// What a kernel can be called with: a buffer, a number, or local memory.
public protocol KernelArgument {
  /// Sets the kernel's parameter at `index`, counted from 0.
  func set(at index: Int, of kernel: Kernel) throws
}

/// A `__global` pointer.
extension Buffer: KernelArgument {
  /// Passes the handle.
  public func set(at index: Int, of kernel: Kernel) throws {
    var handle: cl_mem? = handle
    try kernel.set(index, bytes: MemoryLayout<cl_mem?>.size, &handle)
  }
}

/// An OpenCL `int`, which has 32 bits.
extension Int: KernelArgument {
  /// - Throws: ``OpenCLError/integerTooLarge(_:kernel:argument:)``.
  public func set(at index: Int, of kernel: Kernel) throws {
    guard let value = Int32(exactly: self) else {
      throw OpenCLError.integerTooLarge(self, kernel: kernel.name, argument: index)
    }
    try value.set(at: index, of: kernel)
  }
}

/// An OpenCL `int`.
extension Int32: KernelArgument {
  /// Passes the 4 bytes.
  public func set(at index: Int, of kernel: Kernel) throws {
    try withUnsafeBytes(of: self) { try kernel.set(index, bytes: $0.count, $0.baseAddress) }
  }
}

/// An OpenCL `uint`.
extension UInt32: KernelArgument {
  /// Passes the 4 bytes.
  public func set(at index: Int, of kernel: Kernel) throws {
    try withUnsafeBytes(of: self) { try kernel.set(index, bytes: $0.count, $0.baseAddress) }
  }
}

/// An OpenCL `float`.
extension Float: KernelArgument {
  /// Passes the 4 bytes.
  public func set(at index: Int, of kernel: Kernel) throws {
    try withUnsafeBytes(of: self) { try kernel.set(index, bytes: $0.count, $0.baseAddress) }
  }
}

/// A `__local` pointer: memory that one work-group shares, uninitialised.
public struct LocalMemory: KernelArgument, Sendable {
  /// The size.
  public let bytes: Int

  /// Room for `count` elements.
  public init<Element: BitwiseCopyable>(_ type: Element.Type, count: Int) {
    bytes = count * MemoryLayout<Element>.stride
  }

  /// Passes only the size.
  public func set(at index: Int, of kernel: Kernel) throws {
    try kernel.set(index, bytes: bytes, nil)
  }
}

/// A struct that the kernel's source declares with the same fields in the same order.
public struct StructArgument<Value: BitwiseCopyable>: KernelArgument {
  /// The host's value.
  public let value: Value

  /// Passes `value` as it lies in memory.
  public init(_ value: Value) { self.value = value }

  /// Passes the bytes.
  public func set(at index: Int, of kernel: Kernel) throws {
    try withUnsafeBytes(of: value) { try kernel.set(index, bytes: $0.count, $0.baseAddress) }
  }
}
