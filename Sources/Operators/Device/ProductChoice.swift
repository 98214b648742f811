import Kernels
import OpenCL
import Support

/// What multiplies matrices on a device that is no CPU: our own kernel, in floats or by three products in TF32, or
/// CLBlast. Measured when it is first asked for, and remembered, so that results are the same, bit for bit, from run to
/// run.
package struct ProductChoice: Sendable, Codable, CustomStringConvertible {
  /// Seconds of our own kernel for the three products of a layer, and of CLBlast.
  package let own: Double
  package let clblast: Double
  /// Those of our own kernel by three products in TF32; nil where the device has none, or where they are further from
  /// the exact ones than floats may be.
  package var tf32x3: Double? = nil

  /// What takes the least time.
  package var fastest: MatrixProducts.Policy {
    if let tf32x3, tf32x3 < min(own, clblast) { return .tf32x3 }
    return clblast < own ? .clblast : .own
  }

  /// For people.
  package var description: String {
    func times(_ one: Double, _ other: Double) -> String {
      "\((100 * max(one, other) / min(one, other)).rounded() / 100) times as fast as"
    }
    return switch fastest {
    case .tf32x3:
      "own kernel, tf32x3 by tensor cores (auto, \(times(tf32x3!, min(own, clblast))) in floats)"
    case .clblast: "CLBlast (auto, \(times(own, clblast)) the own kernel)"
    default: "own kernel (auto, \(times(own, clblast)) CLBlast)"
    }
  }

  /// Where measurements are remembered, by device, driver and kernel.
  private static var path: String? { UserCache.path("products.json") }

  /// What is remembered of a device, or else a measurement, which is remembered from now on.
  static func remembered(on device: Device, tuning: KernelLibrary.Tuning) throws -> ProductChoice {
    try remembered("\(device.name), \(device.platform) \(device.driverVersion)", at: path) {
      try measured(on: device, tuning: tuning)
    }
  }

  /// The same of what a key names.
  ///
  /// - Parameters:
  ///   - key: names device and driver.
  ///   - path: of the file; what is not there, cannot be read or cannot be written is no error.
  static func remembered(
    _ key: String, at path: String?, measure: () throws -> ProductChoice
  ) rethrows -> ProductChoice {
    let text = KernelSource("gemm_gpu").compiled().map(\.text).joined()
    let kernel = Array(text.utf8).withUnsafeBytes { XXH64.hash($0) }
    let key = "\(key), kernel \(String(kernel, radix: 16))"
    let known: [String: ProductChoice] = UserCache.read(at: path)
    if let choice = known[key] { return choice }
    let choice = try measure()
    UserCache.write(choice, for: key, at: path)
    return choice
  }
}
