import Data
import Features
import Foundation
import NIOCore
import RequestLogs
import Synchronization
import Training

/// A version of a model that is in memory and can answer: its encoder, its queue, and what it has counted.
///
/// It lives as long as somebody asks it: when it is replaced, requests under way hold it until they are done.
package final class LoadedModel: Sendable {
  package let name: String
  package let version: String
  /// What was trained, without its numbers.
  let description: String
  let encoder: FeatureEncoder
  let metrics: ModelMetrics
  let batcher: Batcher
  /// What the scores of training were like; nil where the run folder does not tell.
  let drift: ScoreDrift?
  private let items: ItemTable?
  private let limits: RequestLimits
  private let idle = Mutex<[RequestValues]>([])
  /// How many bytes a row took in the last request that was read.
  private let bytesPerRow = Atomic<Int>(1 << 20)

  init(
    _ name: String, version: String, _ model: TrainedModel, scorer: any Scorer, items: ItemTable?,
    drift: ScoreDrift?, limits: RequestLimits, batching: BatchingPolicy
  ) {
    (self.name, self.version) = (name, version)
    description = "\(model)"
    encoder = model.encoder
    metrics = ModelMetrics(fields: model.encoder.fields.map(\.field.name))
    batcher = Batcher(scorer, batching)
    (self.items, self.limits, self.drift) = (items, limits, drift)
  }

  deinit { batcher.close() }

  /// About how many rows a request of a size has that is not read.
  func rows(likelyIn bytes: Int) -> Int {
    min(bytes / max(bytesPerRow.load(ordering: .relaxed), 1), limits.rows)
  }

  /// Reads and encodes a request.
  ///
  /// - Parameters:
  ///   - body: with NUL behind its `count` bytes.
  ///   - raw: whether a copy of the values is wanted, by the request's id.
  func decode(
    _ body: RequestBody, raw: (String?) -> Bool = { _ in false }
  ) throws -> (DecodedRequest, RawValues?) {
    let values =
      idle.withLock { $0.popLast() } ?? RequestValues(encoder, items: items, limits: limits)
    defer {
      values.removeAll()
      idle.withLock { if $0.count < 8 { $0.append(values) } }
    }
    let request = try body.withBytes { bytes in
      switch body.form {
      case .tensors(let header):
        var reader = OpenInferenceReader(into: values)
        return try reader.read(bytes, header: header)
      case .rows:
        var reader = RowFormReader(into: values)
        return try reader.read(bytes)
      }
    }
    bytesPerRow.store(body.count / request.batch.rows, ordering: .relaxed)
    return (request, raw(request.id) ? values.raw(rows: request.batch.rows) : nil)
  }
}

/// A request's body and how it is to be read.
struct RequestBody: Sendable {
  enum Form: Sendable, Hashable {
    /// Tensors; the length of the JSON before binary ones.
    case tensors(header: Int?)
    case rows
  }

  let form: Form
  /// The body, and NUL behind it.
  private let bytes: ByteBuffer

  /// - Parameter bytes: the body, and NUL behind it: a larger buffer would be a copy.
  init(_ bytes: ByteBuffer, _ form: Form) { (self.bytes, self.form) = (bytes, form) }

  var count: Int { bytes.readableBytes - 1 }

  /// Calls `body` with the bytes; NUL stands behind them.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try bytes.withUnsafeReadableBytes {
      try body(UnsafeRawBufferPointer(start: $0.baseAddress, count: $0.count - 1))
    }
  }
}
