import Data
import DeepFMKit
import NIOCore
import NIOHTTP1
import Testing

@testable import Serving

@Suite struct `A request that has no room` {
  private func serviced(fallback: Float? = nil) async throws -> (Serviced, LoadedModel) {
    let serviced = try TrainedRun.shared.service { options, batching in
      (options.fallback, batching.maxQueue) = (fallback, 1)
    }
    // What a row takes is known once there was a request.
    let first = await serviced.ask(
      "/v1/models/clicks:predict", json: #"{"instances":[{"user":"a"}]}"#)
    #expect(first.status == .ok)
    return (serviced, try serviced.repository.route("clicks", version: nil) { "" }.model)
  }

  /// A row that waits until it is let go.
  private func wait(in model: LoadedModel) throws {
    let layout = model.encoder.layout
    let ids = [Int32](repeating: 0, count: layout.slots)
    let batch = Batch(
      layout: layout, ids: ids, values: layout.weighted ? ids.map { Float($0) } : nil, labels: [0])
    #expect(try model.batcher.add(ScoreJob(batch, deadline: nil) { _, _ in }))
  }

  @Test func `is refused by its head, and counted`() async throws {
    let (serviced, model) = try await serviced()
    let routes = [Route.predict("clicks", version: nil), .infer("clicks", version: "1")]
    for route in routes { #expect(serviced.service.overload(route, bytes: 100) == nil) }
    try wait(in: model)
    for route in routes {
      let error = serviced.service.overload(route, bytes: 100)
      #expect(error?.status == .serviceUnavailable)
      #expect(error?.retryAfter == 1)
    }
    #expect(model.metrics.counts.errors[.overload] == 2)
    #expect(serviced.service.overload(.metrics, bytes: 0) == nil)
    #expect(serviced.service.overload(.predict("other", version: nil), bytes: 100) == nil)
    while model.batcher.start() {}
  }

  @Test func `is read where its answer needs its rows`() async throws {
    let (serviced, model) = try await serviced(fallback: 0.5)
    try wait(in: model)
    #expect(serviced.service.overload(.predict("clicks", version: nil), bytes: 100) == nil)
    let answer = await serviced.ask(
      "/v1/models/clicks:predict", json: #"{"instances":[{"user":"a"},{"user":"b"}]}"#)
    #expect(answer.predictions == [0.5, 0.5])
    while model.batcher.start() {}
  }
}
