// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions of deepfm.h have its names.

import CDeepFM
import DeepFMKit
import Foundation
import Support
import Training

@c @implementation
public func deepfm_model_open(
  _ path: UnsafePointer<CChar>?, _ device: UnsafePointer<CChar>?, _ error: ErrorPlace?
) -> OpaquePointer? {
  catching(error) {
    let path = try string(path, "path")
    var isFolder: ObjCBool = false
    let isRun = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    let file = isRun && isFolder.boolValue ? RunFolder.modelPath(in: path) : path
    return try handle(ModelHandle(TrainedModel(contentsOf: file), on: backend(device)))
  }
}

@c @implementation
public func deepfm_model_read(
  _ bytes: UnsafeRawPointer?, _ count: Int, _ device: UnsafePointer<CChar>?, _ error: ErrorPlace?
) -> OpaquePointer? {
  catching(error) {
    let model = try TrainedModel(
      UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count), named: "model")
    return try handle(ModelHandle(model, on: backend(device)))
  }
}

private func backend(_ device: UnsafePointer<CChar>?) throws -> any Backend {
  try Backends.make(device: device.map { String(cString: $0) } ?? "auto")
}

@c @implementation
public func deepfm_model_write(
  _ model: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ error: ErrorPlace?
) -> Int32 {
  catching(error) {
    try required(ModelHandle.self, model, "model").trained.write(to: string(path, "path"))
    return 0
  } ?? 1
}

@c @implementation
public func deepfm_model_write_run(
  _ model: OpaquePointer?, _ folder: UnsafePointer<CChar>?, _ overwrite: Int32,
  _ error: ErrorPlace?
) -> Int32 {
  catching(error) {
    let model = try required(ModelHandle.self, model, "model")
    let folder = try string(folder, "folder")
    guard let run = model.run else {
      throw UserError(
        folder, found: "a model without the training that made it",
        expected: "one that this process has trained", remedy: "write it into a model file")
    }
    let place = try RunPlace(folder, overwrites: overwrite != 0)
    var isSaved = false
    defer { if !isSaved { place.discard() } }
    try place.publish(model.trained) {
      try RunFolder.write(
        run.training, test: run.test?.evaluation, curves: run.test?.curves, to: $0)
    }
    isSaved = true
    return 0
  } ?? 1
}

@c @implementation
public func deepfm_model_bytes(
  _ model: OpaquePointer?, _ withOptimizer: Int32, _ count: UnsafeMutablePointer<Int>?,
  _ error: ErrorPlace?
) -> UnsafeMutableRawPointer? {
  catching(error) {
    let trained = try required(ModelHandle.self, model, "model").trained
    let bytes = try trained.bytes(includingOptimizer: withOptimizer != 0)
    count?.pointee = bytes.count
    return try bytes.withUnsafeBytes { try copy($0) }
  }
}

/// What a model is, as JSON has it.
private struct ModelFacts: Encodable {
  var model: String
  var device: String
  var fields: [String]
  var label: String?
  var weight: String?
  var features: Int
  var parameters: Int
  var steps: Int
  var epochs: Int
  var bestEpoch: Int?
  var stopped: String?
  var settings: [String: String]
  var schema: String
  var history: [EpochRecord]
  var validation: Evaluation?
  var test: Evaluation?

  enum CodingKeys: String, CodingKey {
    case model, device, fields, label, weight, features, parameters, steps, epochs, stopped,
      settings, schema
    case history, validation, test
    case bestEpoch = "best_epoch"
  }

  init(_ handle: ModelHandle) throws {
    let trained = handle.trained
    (model, device) = (trained.configuration.model, handle.backend.description)
    let schema = trained.encoder.schema
    fields = schema.fields.map(\.name)
    (label, weight) = (schema.label?.column, schema.weight)
    features = trained.encoder.layout.features
    parameters = trained.tensors.reduce(0) { $0 + $1.values.count }
    (steps, epochs, bestEpoch) = (trained.step, trained.history.count, trained.bestEpoch)
    stopped = handle.run?.training.reason.description
    settings = trained.configuration.texts
    self.schema = try schema.yaml()
    (history, validation) = (trained.history, trained.validation)
    test = handle.run?.test?.evaluation
  }
}

@c @implementation
public func deepfm_model_describe(
  _ model: OpaquePointer?, _ error: ErrorPlace?
) -> UnsafeMutablePointer<CChar>? {
  catching(error) {
    try text(JSONText.line(ModelFacts(required(ModelHandle.self, model, "model"))))
  }
}

@c @implementation
public func deepfm_model_predict(
  _ model: OpaquePointer?, _ log: OpaquePointer?, _ count: UnsafeMutablePointer<Int>?,
  _ error: ErrorPlace?
) -> UnsafeMutablePointer<Float>? {
  catching(error) {
    let probabilities = try required(ModelHandle.self, model, "model").probabilities(
      of: required(LogHandle.self, log, "log"))
    count?.pointee = probabilities.count
    let bytes = try probabilities.withUnsafeBytes { try copy($0) }
    return bytes.assumingMemoryBound(to: Float.self)
  }
}

@c @implementation
public func deepfm_model_evaluate(
  _ model: OpaquePointer?, _ log: OpaquePointer?, _ error: ErrorPlace?
) -> UnsafeMutablePointer<CChar>? {
  catching(error) {
    let model = try required(ModelHandle.self, model, "model")
    return try text(JSONText.line(model.evaluate(required(LogHandle.self, log, "log"))))
  }
}

@c @implementation
public func deepfm_model_free(_ model: OpaquePointer?) { free(ModelHandle.self, model) }
