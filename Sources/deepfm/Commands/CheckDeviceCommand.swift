import ArgumentParser
import DeepFMKit
import Diagnostics
import Foundation
import Support

/// The process in which a device is checked, see `DeviceTrust`: a crash of its driver ends only this one.
struct CheckDeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: TrustOptions.command,
    abstract: "Makes the check of a device that standard input asks for, and prints the verdict.",
    shouldDisplay: false)

  func run() throws {
    let asked = FileHandle.standardInput.readDataToEndOfFile()
    let check = try JSONText.decode(DeviceCheck.self, from: asked)
    try JSONLine.print(check.run())
  }
}
