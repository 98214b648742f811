import DeepFMKit
import Diagnostics
import Testing

/// What becomes of a device that does not let itself be checked.
@Suite struct DeviceTrustTests {
  @Test(arguments: [
    (["/bin/sleep", "60"], "no answer to this model's operators within 1 s"),
    (["/bin/sh", "-c", "kill -SEGV $$"], "a crash (signal 11)"),
    // What it has started goes on, and keeps its standard output.
    (["/bin/sh", "-c", "sleep 60 & kill -SEGV $$"], "a crash (signal 11)"),
    (["/bin/sh", "-c", "exit 3"], "a failure (exit code 3)"),
  ])
  func `a driver that hangs, crashes or fails is refused`(command: [String], mentions: String)
    throws
  {
    let configuration = TrainingConfiguration(model: "fm")
    let check = DeviceCheck(
      device: "auto", products: .auto, configuration,
      layout: BatchLayout(features: 977, fields: 1, slotFields: [0], weighted: false),
      for: .training)
    let trust = DeviceTrust(check, on: try OpenCLBackend(.select("auto")))
    #expect { try trust.establish(by: command, limit: 1) } throws: {
      "\($0)".contains(mentions) && "\($0)".contains("--unchecked")
    }
  }
}
