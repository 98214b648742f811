import ArgumentParser
import DeepFMKit
import Diagnostics

/// The process in which a device is checked, see `DeviceTrust`: a crash of its driver ends only this one.
struct CheckDeviceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: TrustOptions.command,
    abstract: "Makes the check of a device that standard input asks for, and prints the verdict.",
    shouldDisplay: false)

  func run() throws {
    try FirstCheck.answer()
  }
}
