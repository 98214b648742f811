import Data
import Models
import OpenCL
import Operators
import Training

/// Whether a model trains right on a device, by one of the ways in which it multiplies matrices.
package struct ModelVerdict: Codable, Sendable {
  /// The model.
  package let model: String
  /// How matrices are multiplied.
  package let gemm: MatrixProducts.Policy
  /// What is wrong, in a few words; nil where all is right.
  package let fault: String?
  /// The largest error as a share of what is allowed; nil where nothing could be measured.
  package let share: Double?

  package var isSafe: Bool { fault == nil }

  /// The ways that a device has, of those that differ most.
  package static func products(of device: Device) -> [MatrixProducts.Policy] {
    [.own, .clblast, .tf32x3, .tf32, .bfloat16].filter { MatrixProducts.isPossible($0, on: device) }
  }

  /// Checks a small model with the settings that a training has by default, in a process of its own.
  ///
  /// - Parameters:
  ///   - device: as a user names it.
  ///   - command: a program and its arguments that read a ``DeviceCheck`` and print its verdict.
  ///   - limit: how long it may take, in seconds.
  package init(
    of model: String, on device: String, _ products: MatrixProducts.Policy, by command: [String],
    limit: Double
  ) throws {
    var configuration = TrainingConfiguration(model: model)
    // Awkward widths, but for the last ones: finalmlp's heads divide them.
    (configuration.sizes.hidden, configuration.sizes.secondHidden) = ([17, 20], [12])
    configuration.sizes.embeddingSize = 5
    let layout = BatchLayout(
      features: 310, fields: 5, slotFields: [0, 1, 2, 3, 3, 3, 4], weighted: true,
      fieldFeatures: [0..<200, 200..<203, 203..<204, 204..<304, 304..<310])
    let verdict = try DeviceCheck(
      device: device, products: products, configuration, layout: layout, for: .training
    ).verdict(by: command, limit: limit)
    (self.model, gemm, fault) = (model, products, verdict.fault)
    share = verdict.largestShare.isFinite ? verdict.largestShare : nil
  }
}
