import Testing

@testable import OpenCL

@Suite struct DeviceTests {
  static let machine: [(kind: Device.Kind, name: String)] = [
    (.cpu, "pthread-skylake"), (.gpu, "NVIDIA H200"), (.gpu, "NVIDIA T4"), (.accelerator, "FPGA"),
  ]

  @Test(arguments: [
    ("auto", 1), ("AUTO", 1), ("gpu", 1), ("cpu", 0), ("accelerator", 3), ("0", 0), ("2", 2),
    ("t4", 2), ("nvidia", 1), ("Skylake", 0),
  ])
  func `a wish means a device`(wish: String, place: Int) throws {
    #expect(try Device.choose(wish, among: Self.machine) == place)
  }

  @Test func `auto takes the CPU where there is no GPU`() throws {
    #expect(try Device.choose("auto", among: [(.accelerator, "a"), (.cpu, "b")]) == 1)
    #expect(try Device.choose("auto", among: [(.accelerator, "a")]) == 0)
  }

  @Test(arguments: ["4", "-1", "radeon", ""])
  func `an unknown name lists the devices`(wish: String) throws {
    let error = #expect(throws: OpenCLError.self) {
      try Device.choose(wish, among: Self.machine)
    }
    let message = "\(error!)"
    #expect(message.contains("\"\(wish)\""))
    #expect(message.contains("0: pthread-skylake (CPU), 1: NVIDIA H200 (GPU)"))
  }

  @Test(arguments: ["auto", "gpu", "cpu", "0", "nvidia"])
  func `no device names the package to install`(wish: String) throws {
    let error = #expect(throws: OpenCLError.self) { try Device.choose(wish, among: []) }
    #expect("\(error!)".contains("pocl-opencl-icd"))
    #expect("\(error!)".contains("OCL_ICD_VENDORS"))
  }

  @Test func `a missing kind is named beside the devices there are`() throws {
    let error = #expect(throws: OpenCLError.self) {
      try Device.choose("gpu", among: [(.cpu, "skylake")])
    }
    #expect(
      "\(error!)".hasPrefix("no OpenCL GPU device found (there is: 0: skylake (CPU)); install"))
  }

  @Test func `a device knows itself`() throws {
    let device = try Device.select()
    #expect(!device.name.isEmpty && !device.platform.isEmpty && !device.vendor.isEmpty)
    #expect(device.languageVersion.hasPrefix("OpenCL C "))
    #expect(device.computeUnits > 0 && device.maxWorkGroupSize > 0 && device.localMemory > 0)
    #expect(device.maxAllocation > 0 && device.maxAllocation <= device.globalMemory)
    #expect(try Device.select("0").name == Device.all()[0].name)
  }
}
