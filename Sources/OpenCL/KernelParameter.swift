import COpenCL

/// A parameter of a kernel, as its compiler tells of it.
public struct KernelParameter: Sendable, Hashable {
  /// What can be passed for a parameter.
  public enum Kind: Sendable, Hashable {
    /// A number of the type that is named so in OpenCL C.
    case scalar(String)
    /// `__global` memory that may be seen as elements of these types; of any where none is named.
    case pointer([String])
    /// `__local` memory.
    case local
    /// A struct.
    case structure
  }

  /// Its name in the source.
  public let name: String
  /// Its type in OpenCL C, for instance `float*`.
  package let type: String
  /// Whether it is memory, and of whom.
  let address: cl_kernel_arg_address_qualifier

  /// The parameters of a kernel; nil where the device does not tell.
  static func all(of kernel: cl_kernel) -> [KernelParameter]? {
    (try? count(of: kernel)).flatMap { count in
      try? (0..<cl_uint(count)).map { index in
        func text(_ key: Int32) throws -> String {
          try textInformation("clGetKernelArgInfo") {
            clGetKernelArgInfo(kernel, index, cl_kernel_arg_info(key), $0, $1, $2)
          }
        }
        return KernelParameter(
          name: try text(CL_KERNEL_ARG_NAME), type: try text(CL_KERNEL_ARG_TYPE_NAME),
          address: try information(0, "clGetKernelArgInfo") {
            clGetKernelArgInfo(
              kernel, index, cl_kernel_arg_info(CL_KERNEL_ARG_ADDRESS_QUALIFIER), $0, $1, $2)
          })
      }
    }
  }

  /// How many parameters a kernel has.
  static func count(of kernel: cl_kernel) throws -> Int {
    Int(
      try information(cl_uint(0), "clGetKernelInfo") {
        clGetKernelInfo(kernel, cl_kernel_info(CL_KERNEL_NUM_ARGS), $0, $1, $2)
      })
  }

  /// Whether an argument of a kind can be passed for it.
  func takes(_ kind: Kind) -> Bool {
    switch kind {
    case .scalar(let name): !isMemory && type == name
    case .structure: !isMemory && !["int", "uint", "float"].contains(type)
    case .local: address == CL_KERNEL_ARG_ADDRESS_LOCAL
    case .pointer(let elements):
      address == CL_KERNEL_ARG_ADDRESS_GLOBAL
        && (elements.isEmpty || !Self.numbers.contains(element) || elements.contains(element))
    }
  }

  private static let numbers: Set = ["float", "int", "uint"]

  private var isMemory: Bool { address != CL_KERNEL_ARG_ADDRESS_PRIVATE }
  private var element: String { String(type.prefix { $0 != "*" }) }
}

/// What a kernel is called with, by the names of its parameters and in their order.
public struct KernelArguments: ExpressibleByDictionaryLiteral {
  /// Without labels, so that a literal's array is taken as it is: a step makes thirty of these.
  private var pairs: [(String, any KernelArgument)]

  public init(dictionaryLiteral elements: (String, any KernelArgument)...) { pairs = elements }

  /// Each argument with the name of its parameter.
  var all: some Collection<(name: String, value: any KernelArgument)> {
    pairs.lazy.map { (name: $0.0, value: $0.1) }
  }

  /// - Parameter arguments: with the names of their parameters.
  public init(_ arguments: [(name: String, value: any KernelArgument)]) {
    pairs = arguments.map { ($0.name, $0.value) }
  }

  /// Sets a kernel's parameters.
  func set(for kernel: Kernel) throws {
    try pairs.withUnsafeBufferPointer { pairs in
      guard let first = UnsafeMutablePointer(mutating: pairs.baseAddress) else { return }
      for index in pairs.indices { try Self.set(&first[index].1, at: index, of: kernel) }
    }
  }

  /// Sets one. It is not changed: `inout` spares a copy of it, and of its name, for each of the hundreds that a step has.
  private static func set(
    _ argument: inout any KernelArgument, at index: Int, of kernel: Kernel
  ) throws {
    try argument.set(at: index, of: kernel)
  }

  /// Puts another value in the place of an argument.
  ///
  /// - Precondition: there is one of this name.
  package mutating func replace(_ name: String, with value: any KernelArgument) {
    guard let index = pairs.indices.first(where: { pairs[$0].0 == name }) else {
      preconditionFailure("no argument \"\(name)\"")
    }
    pairs[index].1 = value
  }

  /// The arguments of both.
  public static func + (first: Self, second: Self) -> Self {
    var both = first
    both.pairs += second.pairs
    return both
  }
}
