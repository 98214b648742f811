import COpenCL

/// A function of a program, with room for its arguments: to be used from one thread at a time.
public final class Kernel {
  let handle: cl_kernel
  private let program: Program
  /// The name.
  public let name: String

  init(_ name: String, of program: Program) throws {
    var status = CL_SUCCESS
    let handle = clCreateKernel(program.handle, name, &status)
    try check(status, "clCreateKernel", "kernel \"\(name)\"")
    self.handle = handle!
    self.program = program
    self.name = name
  }

  deinit { clReleaseKernel(handle) }

  /// The most work-items a work-group of this kernel may have on the device.
  public func maxWorkGroupSize(on device: Device) throws -> Int {
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
  ///   - arguments: in the order of the kernel's parameters.
  public func launch(
    on queue: Queue, global: [Int], local: [Int]? = nil, _ arguments: any KernelArgument...
  ) throws {
    try launch(on: queue, global: global, local: local, arguments: arguments)
  }

  /// The same with the arguments in an array.
  public func launch(
    on queue: Queue, global: [Int], local: [Int]? = nil, arguments: [any KernelArgument]
  ) throws {
    precondition((1...3).contains(global.count) && local?.count ?? global.count == global.count)
    guard !global.contains(0) else { return }
    for (index, argument) in arguments.enumerated() {
      try argument.set(at: index, of: self)
    }
    let sizes = local.map { zip(global, $0).map { ($0 + $1 - 1) / $1 * $1 } } ?? global
    try queue.enqueue("clEnqueueNDRangeKernel", name) {
      clEnqueueNDRangeKernel(
        queue.handle, handle, cl_uint(sizes.count), nil, sizes, local, 0, nil, $0)
    }
  }

  /// Sets one argument from its bytes; nil bytes ask for local memory.
  func set(_ index: Int, bytes: Int, _ value: UnsafeRawPointer?) throws {
    try check(
      clSetKernelArg(handle, cl_uint(index), bytes, value), "clSetKernelArg",
      "argument \(index) of kernel \"\(name)\"")
  }
}
