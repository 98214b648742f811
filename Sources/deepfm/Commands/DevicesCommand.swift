import ArgumentParser
import DeepFMKit
import Reports

struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices", abstract: "Lists the OpenCL devices of this machine.")

  func run() throws {
    let chosen = try Device.select()
    let devices = try Device.all()
    var table = TextTable("", "device", "kind", "units", "memory", "largest piece", "driver", "by")
    for (index, device) in devices.enumerated() {
      table.add(
        "\(index)", device.name, device.kind.rawValue, "\(device.computeUnits)",
        bytes(device.globalMemory), bytes(device.maxAllocation), device.driverVersion,
        device.platform)
    }
    print(table)
    print("--device auto takes \(chosen).")
  }
}
