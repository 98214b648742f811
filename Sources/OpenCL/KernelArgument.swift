import COpenCL

/// What a kernel can be called with: a buffer, a number, or local memory.
public protocol KernelArgument {
  /// What the kernel must declare for it.
  var kind: KernelParameter.Kind { get }
  /// Sets the kernel's parameter at `index`, counted from 0.
  func set(at index: Int, of kernel: Kernel) throws
}

/// What a kernel's parameter is set to, where that is little: most of what a step sets is what the step before has set,
/// and no driver needs to be told again.
struct ArgumentSetting: Equatable {
  private enum Kind { case other, number, buffer, local }

  private let kind: Kind
  private let value: Int

  /// Nothing yet, or more than is remembered.
  static let other = ArgumentSetting(kind: .other, value: 0)
  /// A number of 4 bytes.
  static func number(_ bits: UInt32) -> Self { Self(kind: .number, value: Int(bits)) }
  /// A buffer, by its number: drivers use the handles of those that are gone again.
  static func buffer(_ number: Int) -> Self { Self(kind: .buffer, value: number) }
  /// So much local memory.
  static func local(bytes: Int) -> Self { Self(kind: .local, value: bytes) }
}

/// A `__global` pointer.
extension Buffer: KernelArgument {
  public var kind: KernelParameter.Kind {
    .pointer(rounded == nil ? Self.elementNames : Buffer<BFloat16>.elementNames)
  }

  /// Passes the handle.
  public func set(at index: Int, of kernel: Kernel) throws {
    var handle: cl_mem? = handle
    try kernel.set(index, to: .buffer(number), bytes: MemoryLayout<cl_mem?>.size, &handle)
  }
}

extension Buffer {
  /// The types that a kernel may see the elements as. Floats also serve as memory for integers, as scratch
  /// memory does; integers are never taken for floats.
  private static var elementNames: [String] {
    switch Element.self {
    case is Float.Type: ["float", "int", "uint"]
    case is Int32.Type, is UInt32.Type: ["int", "uint"]
    case is BFloat16.Type: ["ushort"]
    default: []
    }
  }
}

/// An OpenCL `int`, which has 32 bits.
extension Int: KernelArgument {
  public var kind: KernelParameter.Kind { .scalar("int") }

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
  public var kind: KernelParameter.Kind { .scalar("int") }

  /// Passes the 4 bytes.
  public func set(at index: Int, of kernel: Kernel) throws {
    try withUnsafeBytes(of: self) {
      try kernel.set(index, to: .number(UInt32(bitPattern: self)), bytes: $0.count, $0.baseAddress)
    }
  }
}

/// An OpenCL `uint`.
extension UInt32: KernelArgument {
  public var kind: KernelParameter.Kind { .scalar("uint") }

  /// Passes the 4 bytes.
  public func set(at index: Int, of kernel: Kernel) throws {
    try withUnsafeBytes(of: self) {
      try kernel.set(index, to: .number(self), bytes: $0.count, $0.baseAddress)
    }
  }
}

/// An OpenCL `float`.
extension Float: KernelArgument {
  public var kind: KernelParameter.Kind { .scalar("float") }

  /// Passes the 4 bytes.
  public func set(at index: Int, of kernel: Kernel) throws {
    try withUnsafeBytes(of: self) {
      try kernel.set(index, to: .number(bitPattern), bytes: $0.count, $0.baseAddress)
    }
  }
}

/// A `__local` pointer: memory that one work-group shares, uninitialised.
public struct LocalMemory: KernelArgument, Sendable {
  /// The size.
  public let bytes: Int

  public var kind: KernelParameter.Kind { .local }

  /// Room for `count` elements.
  public init<Element: BitwiseCopyable>(_ type: Element.Type, count: Int) {
    bytes = count * MemoryLayout<Element>.stride
  }

  /// Passes only the size.
  public func set(at index: Int, of kernel: Kernel) throws {
    try kernel.set(index, to: .local(bytes: bytes), bytes: bytes, nil)
  }
}

/// A struct that the kernel's source declares with the same fields in the same order.
public struct StructArgument<Value: BitwiseCopyable>: KernelArgument {
  /// The host's value.
  public let value: Value

  public var kind: KernelParameter.Kind { .structure }

  /// Passes `value` as it lies in memory.
  public init(_ value: Value) { self.value = value }

  /// Passes the bytes.
  public func set(at index: Int, of kernel: Kernel) throws {
    try withUnsafeBytes(of: value) { try kernel.set(index, bytes: $0.count, $0.baseAddress) }
  }
}

/// A struct that the kernel's source declares with arrays of a length that is known when it is compiled.
package struct BytesArgument: KernelArgument {
  /// The fields in their order, each where the device has it.
  package let bytes: [UInt8]

  package var kind: KernelParameter.Kind { .structure }

  /// Passes `bytes` as they are.
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Passes the bytes.
  package func set(at index: Int, of kernel: Kernel) throws {
    try bytes.withUnsafeBytes { try kernel.set(index, bytes: $0.count, $0.baseAddress) }
  }
}
