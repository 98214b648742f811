import Data
import Foundation
import Kernels
import OpenCL
import Operators
import Support
import Training

/// Whether a device may be trusted with a model: checked once by a ``DeviceCheck`` in a process of its own,
/// since compilers of drivers crash and hang, and remembered by device, driver, kernels and all that the
/// check depends on.
package struct DeviceTrust {
  /// What is remembered of a device that is right.
  private struct Memory: Codable {
    let largestShare: Double
    let date: Date
  }

  /// The file of the cache.
  private static var path: String? { UserCache.path("devices.json") }

  private let check: DeviceCheck
  private let backend: OpenCLBackend

  /// - Parameters:
  ///   - check: what is asked of the device.
  ///   - backend: the device.
  package init(_ check: DeviceCheck, on backend: OpenCLBackend) {
    (self.check, self.backend) = (check, backend)
  }

  /// Checks the device, unless it is known to be right.
  ///
  /// - Parameters:
  ///   - command: a program and its arguments that read a check from standard input and print its verdict.
  ///   - limit: how long it may take, in seconds.
  ///   - remedy: what to do about a device that is refused.
  ///   - report: called with a line for people.
  /// - Throws: `UserError` for a device that is wrong, crashes or does not answer.
  package func establish(
    by command: [String], limit: Double, remedy: String, report: (String) -> Void = { _ in }
  ) throws {
    let key = try self.key()
    let known: [String: Memory] = UserCache.read(at: Self.path)
    if let known = known[key] {
      report(
        "device checked against the reference on \(known.date.formatted(.iso8601.year().month().day()))"
      )
      return
    }
    let verdict = try check.verdict(by: command, limit: limit)
    if let fault = verdict.fault {
      throw UserError(
        backend.description, found: fault, expected: "results of the reference, but for rounding",
        remedy: remedy)
    }
    UserCache.write(
      Memory(largestShare: verdict.largestShare, date: Date()), for: key, at: Self.path)
    let share = Int((100 * verdict.largestShare).rounded(.up))
    report(
      "device checked against the reference: errors up to \(share) % of what rounding may make")
  }

  /// All that the verdict depends on.
  private func key() throws -> String {
    let kernels = KernelSource.embedded.values.sorted { $0.name < $1.name }.map(\.text)
    let asked = (kernels + backend.kernelOptions + [try JSONText.line(check)]).joined()
    let hash = Array(asked.utf8).withUnsafeBytes { XXH64.hash($0) }
    return "\(backend.description), \(hexadecimal(hash))"
  }
}

extension DeviceCheck {
  /// Makes the check in a process of its own, so that a driver's crash or endless loop is a verdict.
  ///
  /// - Parameters:
  ///   - command: a program and its arguments that read a check from standard input and print its verdict.
  ///   - limit: how long it may take, in seconds.
  package func verdict(by command: [String], limit: Double) throws -> DeviceVerdict {
    let fault: String
    switch try Subprocess.run(command, input: JSONText.line(self), limit: limit) {
    case .ended(let code, let output, let messages):
      if let verdict = try? JSONText.decode(DeviceVerdict.self, from: output) { return verdict }
      fault =
        "a failure (exit code \(code)) at this model's operators" + ErrorLine.suffix(of: messages)
    case .crashed(let signal, let messages):
      fault =
        "a crash (signal \(signal)) at this model's operators" + ErrorLine.suffix(of: messages)
    case .expired: fault = "no answer to this model's operators within \(Int(limit)) s"
    }
    return DeviceVerdict(fault: fault, largestShare: .infinity)
  }
}
