import ArgumentParser
import DeepFMKit
import Diagnostics

/// Whether the device is held against the reference before it is used.
struct TrustOptions: ParsableArguments {
  /// The command that makes the check, in a process of its own.
  static let command = "check-device"

  @Flag(
    help:
      "Do not hold the device against the reference before its first use for a model of this shape."
  )
  var unchecked = false

  @Option(help: ArgumentHelp("How long that check may take.", valueName: "seconds"))
  var checkLimit = 180.0

  /// The same for a trained model that is to predict.
  func check(
    _ backend: any Backend, _ device: DeviceOptions, _ model: TrainedModel, _ console: Console
  ) throws {
    try check(
      backend, named: device.device, device.gemm, for: .prediction, model.configuration,
      of: model.encoder, console)
  }

  /// Refuses a device that computes wrong what a model asks of it, crashes at it or does not answer; one
  /// that is right is remembered, by driver, kernels and shape of the model.
  ///
  /// - Throws: `UserError` with what is wrong.
  func check(
    _ backend: any Backend, named device: String, _ products: MatrixProducts.Policy,
    for purpose: DeviceCheck.Purpose, _ configuration: TrainingConfiguration,
    of encoder: FeatureEncoder, _ console: Console
  ) throws {
    guard !unchecked else { return }
    var check = FirstCheck(by: ["/proc/self/exe", Self.command], limit: checkLimit)
    check.remedy =
      "choose another --device or --gemm, see deepfm doctor, give a busy machine a longer"
      + " --check-limit, or take the risk: --unchecked"
    console.progress("holding the device against the reference …")
    defer { console.clear() }
    try check.make(
      on: backend, named: device, products, for: purpose, configuration, of: encoder,
      report: console.say)
  }
}
