import Data
import Features
import Foundation
import Support

/// A model as the Open Inference Protocol describes it.
struct ModelMetadata: Encodable {
  struct Tensor: Encodable {
    let name: String
    let datatype: String
    let shape: [Int]
  }

  let name: String
  let versions: [String]
  let platform = "deepfm"
  let inputs: [Tensor]
  let outputs = [Tensor(name: ModelOutput.name, datatype: "FP32", shape: [-1])]

  init(_ model: LoadedModel, versions: [String]) {
    name = model.name
    self.versions = versions
    inputs = model.encoder.tensors
  }
}

extension FeatureEncoder {
  /// The tensors of a request: raw values, or ids where raw values cannot say all.
  fileprivate var tensors: [ModelMetadata.Tensor] {
    guard weightedField == nil else {
      return [("ids", "INT32"), ("values", "FP32")].map {
        ModelMetadata.Tensor(name: $0, datatype: $1, shape: [-1, layout.slots])
      }
    }
    return inputs.map {
      ModelMetadata.Tensor(
        name: $0.name, datatype: $0.isNumeric ? "FP64" : "BYTES",
        shape: $0.isList ? [-1, -1] : [-1])
    }
  }
}

/// A model as Triton's configuration describes it.
struct ModelConfig: Encodable {
  struct Input: Encodable {
    let name: String
    let dataType: String
    let dims: [Int]
  }
  struct DynamicBatching: Encodable {
    let maxQueueDelayMicroseconds: Int64
  }

  let name: String
  let platform = "deepfm"
  let backend = "deepfm"
  let maxBatchSize: Int
  let input: [Input]
  let output = [Input(name: ModelOutput.name, dataType: "TYPE_FP32", dims: [1])]
  let dynamicBatching: DynamicBatching

  init(_ model: LoadedModel, rows: Int, delay: Int64) {
    name = model.name
    maxBatchSize = rows
    input = model.encoder.tensors.map {
      Input(
        name: $0.name, dataType: $0.datatype == "BYTES" ? "TYPE_STRING" : "TYPE_\($0.datatype)",
        dims: [$0.shape.count == 2 ? $0.shape[1] : 1])
    }
    dynamicBatching = DynamicBatching(maxQueueDelayMicroseconds: delay)
  }
}

/// What a model has counted, as Triton tells it; times in nanoseconds.
struct ModelStatistics: Encodable {
  struct Duration: Encodable {
    var count: UInt64 = 0
    var ns: UInt64 = 0

    init(count: UInt64 = 0, seconds: Double = 0) {
      (self.count, ns) = (count, UInt64(seconds * 1e9))
    }

    init(_ histogram: Histogram) { self.init(count: histogram.count, seconds: histogram.sum) }
  }
  struct Inference: Encodable {
    let success, fail, queue, computeInput, computeInfer, computeOutput: Duration
    let cacheHit = Duration()
    let cacheMiss = Duration()
  }

  let name: String
  let version: String
  let inferenceCount: UInt64
  let executionCount: Int
  let inferenceStats: Inference
  let batchStats: [Duration] = []

  init(_ model: LoadedModel) {
    let counts = model.metrics.counts
    name = model.name
    version = model.version
    inferenceCount = counts.rows
    executionCount = model.batcher.executions
    func stage(_ stage: ModelMetrics.Stage) -> Histogram {
      counts.stages[ModelMetrics.Stage.allCases.firstIndex(of: stage)!]
    }
    inferenceStats = Inference(
      success: Duration(stage(.total)), fail: Duration(count: counts.errors.values.reduce(0, +)),
      queue: Duration(stage(.queue)), computeInput: Duration(stage(.decode)),
      computeInfer: Duration(stage(.compute)), computeOutput: Duration(count: counts.requests))
  }
}
