import COpenCL

/// A GPU, CPU or accelerator that runs kernels, with what is worth knowing of it.
public struct Device: @unchecked Sendable, CustomStringConvertible {
  /// What a device is.
  public enum Kind: String, Sendable {
    case gpu, cpu, accelerator
  }

  // A root device's handle is never released and may be used from any thread.
  let handle: cl_device_id

  /// The name of the platform it belongs to.
  public let platform: String
  /// The name the driver gives it.
  public let name: String
  /// Its maker.
  public let vendor: String
  /// The driver's version: measurements hold for one driver only.
  public let driverVersion: String
  /// The version of OpenCL C its compiler takes, for instance "OpenCL C 1.2"; this, not the
  /// platform's version, decides what kernels may use.
  public let languageVersion: String
  /// GPU, CPU or other accelerator.
  public let kind: Kind
  /// The number of cores or multiprocessors.
  public let computeUnits: Int
  /// Memory in bytes.
  public let globalMemory: Int
  /// What other programs have left of it when asked, in bytes; nil where the driver does not say.
  public var freeMemory: Int? {
    // By the extension cl_amd_device_attribute_query: KiB in all, and the largest piece. NVIDIA's has none like it.
    guard
      let extensions = try? textInformation(
        "clGetDeviceInfo",
        { clGetDeviceInfo(handle, cl_device_info(CL_DEVICE_EXTENSIONS), $0, $1, $2) }),
      extensions.contains("cl_amd_device_attribute_query")
    else { return nil }
    let free = try? information((0, 0), "clGetDeviceInfo") {
      clGetDeviceInfo(handle, 0x4039, $0, $1, $2)
    }
    return free.map { $0.0 << 10 }
  }
  /// The largest single buffer, in bytes.
  public let maxAllocation: Int
  /// Local memory of a work-group, in bytes.
  public let localMemory: Int
  /// The most work-items in a work-group.
  public let maxWorkGroupSize: Int
  /// How many floats a register of a CPU holds; 1 on most GPUs.
  public let floatVectorWidth: Int
  /// Whether device and host share one memory.
  public let hostUnified: Bool
  /// The generation of an NVIDIA GPU, for instance (9, 0); nil for others.
  public let computeCapability: (major: Int, minor: Int)?

  /// Whether matrices of floats can be multiplied in TF32 and bfloat16 by an NVIDIA GPU's tensor cores.
  public var hasTensorCores: Bool { (computeCapability?.major ?? 0) >= 8 }

  /// Whether kernels may use the host's memory where it is, at no cost.
  public var sharesHostMemory: Bool { kind == .cpu && hostUnified }

  init(_ handle: cl_device_id, platform: String) throws {
    func text(_ key: Int32) throws -> String {
      try textInformation("clGetDeviceInfo") {
        clGetDeviceInfo(handle, cl_device_info(key), $0, $1, $2)
      }
    }
    func value<Value: BitwiseCopyable>(_ key: Int32, _ initial: Value) throws -> Value {
      try information(initial, "clGetDeviceInfo") {
        clGetDeviceInfo(handle, cl_device_info(key), $0, $1, $2)
      }
    }
    self.handle = handle
    self.platform = platform
    name = try text(CL_DEVICE_NAME)
    vendor = try text(CL_DEVICE_VENDOR)
    driverVersion = try text(CL_DRIVER_VERSION)
    languageVersion = try text(CL_DEVICE_OPENCL_C_VERSION)
    let type = Int32(truncatingIfNeeded: try value(CL_DEVICE_TYPE, cl_device_type(0)))
    kind =
      type & CL_DEVICE_TYPE_GPU != 0
      ? .gpu : type & CL_DEVICE_TYPE_CPU != 0 ? .cpu : .accelerator
    computeUnits = Int(try value(CL_DEVICE_MAX_COMPUTE_UNITS, cl_uint(0)))
    globalMemory = Int(clamping: try value(CL_DEVICE_GLOBAL_MEM_SIZE, cl_ulong(0)))
    maxAllocation = Int(clamping: try value(CL_DEVICE_MAX_MEM_ALLOC_SIZE, cl_ulong(0)))
    localMemory = Int(clamping: try value(CL_DEVICE_LOCAL_MEM_SIZE, cl_ulong(0)))
    maxWorkGroupSize = try value(CL_DEVICE_MAX_WORK_GROUP_SIZE, 0)
    floatVectorWidth = Int(try value(CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT, cl_uint(0)))
    hostUnified = try value(CL_DEVICE_HOST_UNIFIED_MEMORY, cl_bool(0)) != 0
    // By the extension cl_nv_device_attribute_query.
    computeCapability =
      vendor.contains("NVIDIA")
      ? try? (Int(value(0x4000, cl_uint(0))), Int(value(0x4001, cl_uint(0)))) : nil
  }

  /// The name with the kind.
  public var description: String { "\(name) (\(kind.rawValue.uppercased()))" }
}
