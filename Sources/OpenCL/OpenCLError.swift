/// What can go wrong between the program and an OpenCL device.
public enum OpenCLError: Error, Sendable, CustomStringConvertible {
  /// A call of the OpenCL API failed; `detail` says what it was working on.
  case call(String, Status, detail: String)
  /// There is no device of the wanted kind.
  case noDevice(NoDevice)
  /// No device has this index or name; `available` describes those there are.
  case unknownDevice(String, available: [String])
  /// A program did not compile.
  case build(BuildFailure)
  /// A program has no kernel of this name.
  case unknownKernel(String, available: [String])
  /// A buffer is over what the device gives in one piece.
  case bufferTooLarge(label: String, bytes: Int, limit: Int, device: String)
  /// The device cannot do what was asked for; the text says what, and what to do instead.
  case unsupported(String, device: String)
  /// A host integer does not fit the 32-bit `int` a kernel takes.
  case integerTooLarge(Int, kernel: String, argument: Int)

  /// One line (a build failure adds the offending line and the log).
  public var description: String {
    switch self {
    case .call(let call, let status, let detail):
      let work = detail.isEmpty ? "" : " for \(detail)"
      let hint = status.hint.map { ": \($0)" } ?? ""
      return "\(call) failed\(work) with \(status)\(hint)"
    case .noDevice(let reason):
      return reason.description
    case .unknownDevice(let name, let available):
      return
        "no OpenCL device \"\(name)\"; expected auto, gpu, cpu, an index or part of a name of: "
        + available.joined(separator: ", ")
    case .build(let failure):
      return failure.description
    case .unknownKernel(let name, let available):
      return "no kernel \"\(name)\" in the program; it has: \(available.joined(separator: ", "))"
    case .bufferTooLarge(let label, let bytes, let limit, let device):
      return "buffer \"\(label)\" needs \(bytes) bytes, but \(device) gives at most \(limit) in one"
        + " allocation; use a smaller batch, k or table, or split it"
    case .unsupported(let what, let device):
      return "\(device): \(what)"
    case .integerTooLarge(let value, let kernel, let argument):
      return "argument \(argument) of kernel \"\(kernel)\" is \(value), which does not fit an int;"
        + " use a smaller batch or table"
    }
  }
}

/// Why no device could be had, and which package brings one.
public struct NoDevice: Sendable, CustomStringConvertible {
  /// The wanted kind; nil if any would have done.
  public let wanted: Device.Kind?
  /// The devices there are instead.
  public let available: [String]

  /// The packages of Debian that bring a driver.
  public static let advice =
    "install pocl-opencl-icd (apt) to compute on the CPU, or your vendor's driver for a GPU"
    + " (Debian: nvidia-opencl-icd, mesa-opencl-icd, intel-opencl-icd); if one is installed, check"
    + " that OCL_ICD_VENDORS, where set, names the folder of its .icd file, and that the driver can"
    + " write its cache (pocl's is below HOME, or where POCL_CACHE_DIR says)"

  /// One line.
  public var description: String {
    let kind = wanted.map { " \($0.rawValue.uppercased())" } ?? ""
    let others = available.isEmpty ? "" : " (there is: \(available.joined(separator: ", ")))"
    return "no OpenCL\(kind) device found\(others); \(Self.advice)"
  }
}

/// Throws ``OpenCLError/call(_:_:detail:)`` unless `code` is success.
func check(_ code: Int32, _ call: String, _ detail: @autoclosure () -> String = "") throws {
  guard code != Status.success.rawValue else { return }
  throw OpenCLError.call(call, Status(rawValue: code), detail: detail())
}
