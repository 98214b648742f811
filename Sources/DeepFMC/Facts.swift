// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions of deepfm.h have its names.

import CDeepFM
import DeepFMKit
import OpenCL
import Support
import Training

// Text that is never freed.
nonisolated(unsafe) private let version = UnsafePointer(try! text(DeepFMVersion.current))

@c @implementation
public func deepfm_version() -> UnsafePointer<CChar>? { version }

/// A device, as JSON has it.
private struct DeviceFacts: Encodable {
  var name: String
  var kind: String
  var platform: String
  var memory: Int
  var computeUnits: Int

  enum CodingKeys: String, CodingKey {
    case name, kind, platform, memory
    case computeUnits = "compute_units"
  }

  init(_ device: Device) {
    (name, kind, platform) = (device.name, device.kind.rawValue, device.platform)
    (memory, computeUnits) = (Int(device.globalMemory), device.computeUnits)
  }
}

@c @implementation
public func deepfm_devices(_ error: ErrorPlace?) -> UnsafeMutablePointer<CChar>? {
  catching(error) { try text(JSONText.line(Device.all().map { DeviceFacts($0) })) }
}

/// A setting with the value in force, as JSON has it.
private struct SettingFacts: Encodable {
  var name: String
  var value: String?
  var help: String
  var expected: String

  enum CodingKeys: String, CodingKey { case name, value, help, expected }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    // Null where there is none, rather than no key.
    try container.encode(value, forKey: .value)
    try container.encode(help, forKey: .help)
    try container.encode(expected, forKey: .expected)
  }
}

@c @implementation
public func deepfm_settings(
  _ settings: UnsafePointer<CChar>?, _ error: ErrorPlace?
) -> UnsafeMutablePointer<CChar>? {
  catching(error) {
    let configuration = try configuration(settings)
    return try text(
      JSONText.line(
        TrainingConfiguration.settableKeys.map {
          SettingFacts(
            name: $0.name, value: $0.text(configuration), help: $0.help, expected: $0.expected)
        }))
  }
}

/// A configuration of settings in YAML, or JSON; nil for none.
func configuration(
  _ settings: UnsafePointer<CChar>?, over start: TrainingConfiguration? = nil
) throws -> TrainingConfiguration {
  let text = settings.map { String(cString: $0) } ?? ""
  var all = try TrainingSettings(yaml: start?.yaml ?? "", name: "configuration")
  all.merge(try TrainingSettings(yaml: text, name: "settings"))
  return try TrainingConfiguration(all)
}
