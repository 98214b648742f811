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
    (["/bin/sh", "-c", "exit 3"], "a failure (exit code 3) at this model's operators, expected"),
    (
      ["/bin/sh", "-c", "echo 'Error: no memory' >&2; exit 3"],
      "a failure (exit code 3) at this model's operators: no memory, expected"
    ),
    (
      [
        "/bin/sh", "-c",
        "printf 'Error: no build\\nerror: a.cl:3:1: no such type\\n1 error generated.' >&2; exit 3",
      ], "at this model's operators: error: a.cl:3:1: no such type, expected"
    ),
    (
      ["/bin/sh", "-c", "echo 'LLVM ERROR: no register' >&2; kill -SEGV $$"],
      "a crash (signal 11) at this model's operators: LLVM ERROR: no register, expected"
    ),
  ])
  func `a driver that hangs, crashes or fails is refused with what it has said`(
    command: [String], mentions: String
  ) throws {
    let configuration = TrainingConfiguration(model: "fm")
    let check = DeviceCheck(
      device: "auto", products: .auto, configuration,
      layout: BatchLayout(features: 977, fields: 1, slotFields: [0], weighted: false),
      for: .training)
    let trust = DeviceTrust(check, on: try OpenCLBackend(.select("auto")))
    let limit = command.contains("60") ? 1.0 : 60
    #expect { try trust.establish(by: command, limit: limit, remedy: "--unchecked") } throws: {
      "\($0)".contains(mentions) && "\($0)".contains("--unchecked")
    }
  }
}
