import COpenCL

/// A named text of OpenCL C.
package struct Source: Sendable {
  /// The name that messages give, for instance "gemm.cl".
  package let name: String
  /// The text.
  package let text: String

  /// Names a text.
  package init(name: String, text: String) {
    self.name = name
    self.text = text
  }
}

/// Compiled kernels. May be used from any thread.
package final class Program: @unchecked Sendable {
  let handle: cl_program
  /// The names of its kernels.
  package let kernelNames: [String]

  /// Compiles the sources, one after the other, as one OpenCL C 1.2 text.
  ///
  /// - Parameters:
  ///   - options: build options, for instance `-cl-mad-enable` or `-DWIDTH=32`.
  /// - Throws: ``OpenCLError/build(_:)`` with the offending line and the log.
  package init(_ context: Context, sources: [Source], options: [String] = []) throws {
    // A #line before each source lets the compiler's messages name it and count from its top.
    let text = sources.map { "#line 1 \"\($0.name)\"\n\($0.text)\n" }.joined()
    var status = CL_SUCCESS
    let created = text.withCString {
      var pointer: UnsafePointer<CChar>? = $0
      return clCreateProgramWithSource(context.handle, 1, &pointer, nil, &status)
    }
    let names = sources.map(\.name).joined(separator: ", ")
    try check(status, "clCreateProgramWithSource", names)
    let handle = created!

    let device = context.device
    var ids: cl_device_id? = device.handle
    // Without warnings: pocl prints how many there are, of loops that a processor is not unrolled for.
    let arguments = (["-cl-std=CL1.2", "-w", "-cl-kernel-arg-info"] + options).joined(
      separator: " ")
    let result = clBuildProgram(handle, 1, &ids, arguments, nil, nil)
    do {
      if result == Status.buildFailure.rawValue {
        let log = try textInformation("clGetProgramBuildInfo") {
          clGetProgramBuildInfo(
            handle, device.handle, cl_program_build_info(CL_PROGRAM_BUILD_LOG), $0, $1, $2)
        }
        throw OpenCLError.build(
          BuildFailure(device: device.name, options: arguments, log: log, sources: sources))
      }
      try check(result, "clBuildProgram", names)
      kernelNames = try textInformation("clGetProgramInfo") {
        clGetProgramInfo(handle, cl_program_info(CL_PROGRAM_KERNEL_NAMES), $0, $1, $2)
      }.split(separator: ";").map(String.init)
    } catch {
      clReleaseProgram(handle)
      throw error
    }
    self.handle = handle
  }

  deinit { clReleaseProgram(handle) }

  /// A new kernel object; each thread that launches needs its own.
  ///
  /// - Throws: ``OpenCLError/unknownKernel(_:available:)``.
  package func kernel(_ name: String) throws -> Kernel {
    guard kernelNames.contains(name) else {
      throw OpenCLError.unknownKernel(name, available: kernelNames)
    }
    return try Kernel(name, of: self)
  }
}
