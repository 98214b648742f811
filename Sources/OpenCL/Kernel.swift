import COpenCL
import Glibc

/// A function of a program, with room for its arguments: to be used from one thread at a time.
public final class Kernel {
  let handle: cl_kernel
  private let program: Program
  /// The name.
  public let name: String
  /// What the kernel's compiler says of its parameters; nil where it says nothing, as some drivers do.
  private let parameters: [KernelParameter]?
  /// What each parameter is set to. Memory of its own, since a step asks it five hundred times: that no two accesses to
  /// an array in a class overlap is checked at each, which took an eighth of the host's time.
  private let settings: UnsafeMutableBufferPointer<ArgumentSetting>

  init(_ name: String, of program: Program) throws {
    var status = CL_SUCCESS
    let handle = clCreateKernel(program.handle, name, &status)
    try check(status, "clCreateKernel", "kernel \"\(name)\"")
    self.handle = handle!
    self.program = program
    self.name = name
    parameters = KernelParameter.all(of: handle!)
    let count = try KernelParameter.count(of: handle!)
    settings = .allocate(capacity: count)
    settings.initialize(repeating: .other)
  }

  deinit {
    settings.deallocate()
    clReleaseKernel(handle)
  }

  /// The most work-items a work-group of this kernel may have on the device.
  package func maxWorkGroupSize(on device: Device) throws -> Int {
    try information(0, "clGetKernelWorkGroupInfo") {
      clGetKernelWorkGroupInfo(
        handle, device.handle, cl_kernel_work_group_info(CL_KERNEL_WORK_GROUP_SIZE), $0, $1, $2)
    }
  }

  /// Gives the queue this kernel with these arguments, and does not wait.
  ///
  /// - Parameters:
  ///   - global: the work-items wanted in each of one to three dimensions; each is rounded up to a
  ///     multiple of `local`, so a kernel checks its index. Nothing happens if one is 0.
  ///   - local: the work-group's size, in as many dimensions; keep to few different ones, since
  ///     some runtimes compile a kernel anew for each. By default the runtime chooses.
  ///   - arguments: by the names of the kernel's parameters, in their order.
  /// - Throws: where arguments are checked, ``OpenCLError/wrongArguments(kernel:found:expected:)`` if they are not
  ///   the kernel's own.
  package func launch(
    on queue: Queue, global: [Int], local: [Int]? = nil, _ arguments: KernelArguments
  ) throws {
    precondition((1...3).contains(global.count) && local?.count ?? global.count == global.count)
    guard !global.contains(0) else { return }
    if Self.checksArguments { try checkArguments(arguments) }
    try arguments.set(for: self)
    try withUnsafeTemporaryAllocation(of: Int.self, capacity: 3) { sizes in
      for (dimension, items) in global.enumerated() {
        let group = local?[dimension] ?? 1
        sizes[dimension] = (items + group - 1) / group * group
      }
      try queue.enqueue("clEnqueueNDRangeKernel", name) {
        clEnqueueNDRangeKernel(
          queue.handle, handle, cl_uint(global.count), nil, sizes.baseAddress, local, 0, nil, $0)
      }
    }
  }

  /// Only in a debug build and where the tests run: what a driver says of names and types is its own affair.
  private static let checksArguments: Bool = {
    #if DEBUG
      return true
    #else
      return getenv("DEEPFM_CHECK_ARGUMENTS") != nil
    #endif
  }()

  /// Nothing is trusted to its place: two numbers that change places are no error of OpenCL's.
  private func checkArguments(_ arguments: KernelArguments) throws {
    guard let parameters else { return }
    let isRight =
      parameters.count == arguments.all.count
      && zip(parameters, arguments.all).allSatisfy {
        $0.name == $1.name && $0.takes($1.value.kind)
      }
    guard isRight else {
      throw OpenCLError.wrongArguments(
        kernel: name,
        found: arguments.all.map { "\($0.name): \(type(of: $0.value))" }.joined(separator: ", "),
        expected: parameters.map { "\($0.type) \($0.name)" }.joined(separator: ", "))
    }
  }

  /// Sets one argument from its bytes, unless it is what it was at the last launch; nil bytes ask for local memory.
  func set(
    _ index: Int, to setting: ArgumentSetting = .other, bytes: Int, _ value: UnsafeRawPointer?
  ) throws {
    let isKnown = settings.indices.contains(index)
    guard !isKnown || setting == .other || setting != settings[index] else { return }
    // Where the call fails nobody knows.
    if isKnown { settings[index] = .other }
    try check(
      clSetKernelArg(handle, cl_uint(index), bytes, value), "clSetKernelArg",
      "argument \(index) of kernel \"\(name)\"")
    if isKnown { settings[index] = setting }
  }
}
