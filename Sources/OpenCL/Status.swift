import COpenCL

/// The code an OpenCL call returns, with its symbol and what to do about it.
public struct Status: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The number of `CL/cl.h`.
  public let rawValue: Int32

  /// Wraps the code a call returned.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// Everything went well.
  public static let success = Status(rawValue: CL_SUCCESS)
  /// The loader found no driver at all.
  static let noPlatform = Status(rawValue: -1001)
  static let noDevice = Status(rawValue: CL_DEVICE_NOT_FOUND)
  static let buildFailure = Status(rawValue: CL_BUILD_PROGRAM_FAILURE)

  /// The symbol of the specification, for instance `CL_OUT_OF_RESOURCES`.
  public var symbol: String { Self.symbols[rawValue] ?? "an unknown status" }

  /// What most often cures it; nil where nothing general can be said.
  public var hint: String? { Self.hints[rawValue] }

  /// The symbol and the number.
  public var description: String { "\(symbol) (\(rawValue))" }

  private static let symbols: [Int32: String] = [
    0: "CL_SUCCESS",
    -1: "CL_DEVICE_NOT_FOUND",
    -2: "CL_DEVICE_NOT_AVAILABLE",
    -3: "CL_COMPILER_NOT_AVAILABLE",
    -4: "CL_MEM_OBJECT_ALLOCATION_FAILURE",
    -5: "CL_OUT_OF_RESOURCES",
    -6: "CL_OUT_OF_HOST_MEMORY",
    -7: "CL_PROFILING_INFO_NOT_AVAILABLE",
    -8: "CL_MEM_COPY_OVERLAP",
    -9: "CL_IMAGE_FORMAT_MISMATCH",
    -10: "CL_IMAGE_FORMAT_NOT_SUPPORTED",
    -11: "CL_BUILD_PROGRAM_FAILURE",
    -12: "CL_MAP_FAILURE",
    -13: "CL_MISALIGNED_SUB_BUFFER_OFFSET",
    -14: "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST",
    -15: "CL_COMPILE_PROGRAM_FAILURE",
    -16: "CL_LINKER_NOT_AVAILABLE",
    -17: "CL_LINK_PROGRAM_FAILURE",
    -18: "CL_DEVICE_PARTITION_FAILED",
    -19: "CL_KERNEL_ARG_INFO_NOT_AVAILABLE",
    -30: "CL_INVALID_VALUE",
    -31: "CL_INVALID_DEVICE_TYPE",
    -32: "CL_INVALID_PLATFORM",
    -33: "CL_INVALID_DEVICE",
    -34: "CL_INVALID_CONTEXT",
    -35: "CL_INVALID_QUEUE_PROPERTIES",
    -36: "CL_INVALID_COMMAND_QUEUE",
    -37: "CL_INVALID_HOST_PTR",
    -38: "CL_INVALID_MEM_OBJECT",
    -39: "CL_INVALID_IMAGE_FORMAT_DESCRIPTOR",
    -40: "CL_INVALID_IMAGE_SIZE",
    -41: "CL_INVALID_SAMPLER",
    -42: "CL_INVALID_BINARY",
    -43: "CL_INVALID_BUILD_OPTIONS",
    -44: "CL_INVALID_PROGRAM",
    -45: "CL_INVALID_PROGRAM_EXECUTABLE",
    -46: "CL_INVALID_KERNEL_NAME",
    -47: "CL_INVALID_KERNEL_DEFINITION",
    -48: "CL_INVALID_KERNEL",
    -49: "CL_INVALID_ARG_INDEX",
    -50: "CL_INVALID_ARG_VALUE",
    -51: "CL_INVALID_ARG_SIZE",
    -52: "CL_INVALID_KERNEL_ARGS",
    -53: "CL_INVALID_WORK_DIMENSION",
    -54: "CL_INVALID_WORK_GROUP_SIZE",
    -55: "CL_INVALID_WORK_ITEM_SIZE",
    -56: "CL_INVALID_GLOBAL_OFFSET",
    -57: "CL_INVALID_EVENT_WAIT_LIST",
    -58: "CL_INVALID_EVENT",
    -59: "CL_INVALID_OPERATION",
    -60: "CL_INVALID_GL_OBJECT",
    -61: "CL_INVALID_BUFFER_SIZE",
    -62: "CL_INVALID_MIP_LEVEL",
    -63: "CL_INVALID_GLOBAL_WORK_SIZE",
    -64: "CL_INVALID_PROPERTY",
    -65: "CL_INVALID_IMAGE_DESCRIPTOR",
    -66: "CL_INVALID_COMPILER_OPTIONS",
    -67: "CL_INVALID_LINKER_OPTIONS",
    -68: "CL_INVALID_DEVICE_PARTITION_COUNT",
    -1001: "CL_PLATFORM_NOT_FOUND_KHR",
  ]

  private static let hints: [Int32: String] = [
    -2: "another process may hold the device exclusively; try later or choose another --device",
    -3: "the driver has no online compiler; install the full driver package",
    -4:
      "the device is out of memory, of which other programs may hold some; use a smaller batch, k or table,"
      + " or a device with more",
    -5:
      "the launch needs more registers, local or device memory than there is, or an earlier kernel"
      + " failed; use a smaller batch, and run the doctor",
    -6: "the host is out of memory; use a smaller batch or close other programs",
    -7: "create the queue with profiling: true, and wait for the event before reading its times",
    -14: "an earlier command of the queue failed; run with a smaller batch to find it",
    -30: "an offset or size lies outside the buffer, or an argument is null",
    -36: "the driver stopped the queue, often because a kernel ran too long or read out of bounds",
    -43: "the compiler of this driver refuses a build option",
    -46: "check the kernel's name against the names in its .cl file",
    -49: "more arguments were given than the kernel has",
    -50: "an argument has the wrong type for the kernel's parameter",
    -51: "an argument has the wrong type for the kernel's parameter (Int and Int32 are int, UInt32"
      + " is uint, Float is float)",
    -52: "fewer arguments were given than the kernel has",
    -54: "the local size is over what this device allows for this kernel",
    -55: "one dimension of the local size is over what this device allows",
    -61: "the size is 0 or over the device's largest single allocation",
    -63: "a global size is 0 or over 32 bits",
    -1001: NoDevice.advice,
  ]
}
