import Data
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import RequestLogs
import Support

extension InferenceService {
  /// Whether a request is to be refused before its body is read, by the size that its head tells.
  func overload(_ route: Route, bytes: Int) -> RequestError? {
    let (name, version): (String, String?)
    switch route {
    case .infer(let model, let which), .predict(let model, let which):
      (name, version) = (model, which)
    default: return nil
    }
    // A fallback needs the number of rows.
    guard options.fallback == nil,
      let model = repository.only(name, version: version), isFull(model, bytes: bytes)
    else { return nil }
    model.metrics.failed(.overload)
    return Self.overload
  }

  private func isFull(_ model: LoadedModel, bytes: Int) -> Bool {
    model.batcher.isFull(for: model.rows(likelyIn: bytes) * 3 / 4)
  }

  private static let overload = RequestError(
    .serviceUnavailable, .overload, "overload: no more rows may wait", retryAfter: 1)

  /// Reads a request for probabilities, puts it into the model's queue, and answers it once it is done.
  func infer(
    _ name: String, _ version: String?, _ body: RequestBody, _ request: HTTPRequest,
    _ loop: any EventLoop, _ done: @escaping @Sendable (Answer) -> Void
  ) throws {
    let unit = { request.head.headers.first(name: "x-deepfm-unit") ?? Self.id(of: body) }
    let (model, arm, shadow) = try repository.route(name, version: version, unit: unit)
    do {
      // An overload is told before anything is read, unless that needs the number of rows: reading what is then
      // refused would take the time of what is not.
      if options.fallback == nil, isFull(model, bytes: body.count) { throw Self.overload }
      let call = Call(
        model: model, arm: arm, trace: TraceContext(request.head.headers),
        unit: request.head.headers.first(name: "x-deepfm-unit").map { String($0.prefix(256)) },
        arrived: request.arrived)
      let (decoded, raw) = try model.decode(body) { id in
        observer?.wants(id ?? call.trace.id) ?? false
      }
      submit(decoded, raw, call, body, loop, done)
      if let shadow { score(body, in: shadow, call) }
    } catch {
      let error = RequestError(error)
      model.metrics.failed(error.reason)
      done(Answer(error))
    }
  }

  /// A request on its way.
  private struct Call: Sendable {
    let model: LoadedModel
    let arm: ScoredRequest.Arm
    let trace: TraceContext
    let unit: String?
    let arrived: NIODeadline
  }

  private func submit(
    _ decoded: DecodedRequest, _ raw: RawValues?, _ call: Call, _ body: RequestBody,
    _ loop: any EventLoop, _ done: @escaping @Sendable (Answer) -> Void
  ) {
    let timeout = [decoded.timeout, options.timeout].compactMap { $0 }.min()
    let deadline = timeout.map { call.arrived + .microseconds(Int64(clamping: min($0, 1 << 40))) }
    let answered = NIODeadline.now()
    let job = ScoreJob(decoded.batch, deadline: deadline) { job, result in
      let answer = self.answer(job, result, decoded, raw, call, body, decoded: answered)
      if loop.inEventLoop { done(answer) } else { loop.execute { done(answer) } }
    }
    do throws(RequestError) {
      let batcher = call.model.batcher
      // What else has come meanwhile is read first: it may go into the same batch.
      if try batcher.add(job) { run(batcher, on: loop) }
    } catch {
      job.finish(.failure(error))
    }
  }

  /// Runs what waits, a batch at a time, and reads what has come between two of them.
  private func run(_ batcher: Batcher, on loop: any EventLoop) {
    loop.execute { self.start(batcher, on: loop) }
  }

  private func start(_ batcher: Batcher, on loop: any EventLoop) {
    guard batcher.start() else { return }
    // A loop looks at its connections only when nothing else is due.
    loop.scheduleTask(in: .microseconds(2)) { self.start(batcher, on: loop) }
  }

  private func answer(
    _ job: ScoreJob, _ result: Result<[Float], RequestError>, _ request: DecodedRequest,
    _ raw: RawValues?, _ call: Call, _ body: RequestBody, decoded: NIODeadline
  ) -> Answer {
    let model = call.model
    switch result {
    case .success(let probabilities):
      let times = job.times
      let decode = decoded - call.arrived
      model.metrics.answered(
        job, probabilities, request.statistics, decode: decode, total: .now() - call.arrived)
      model.drift?.add(probabilities)
      repository.record(body, of: model.name)
      if let raw {
        observer?.scored(
          ScoredRequest(
            id: request.id ?? call.trace.id, model: model.name, version: model.version,
            arm: call.arm, unit: call.unit, places: request.places, time: LogTime.now, values: raw,
            probabilities: probabilities))
      }
      var answer = Answer(
        probabilities, for: request.id, request.answer, model: model.name,
        version: model.version)
      answer.headers.append(("traceparent", call.trace.header))
      // What feedback is to name, where the client has no name for the request.
      if request.id == nil { answer.headers.append(("X-Request-ID", call.trace.id)) }
      answer.headers.append(
        (
          "Server-Timing",
          "decode;dur=\(milliseconds(decode)), queue;dur=\(milliseconds(times.queued)), "
            + "compute;dur=\(milliseconds(times.computed)), rows;desc=\"\(job.batchRows)\""
        ))
      return answer
    case .failure(let error):
      let fallsBack = error.reason == .overload || error.reason == .deadline
      let fallback = fallsBack ? options.fallback : nil
      model.metrics.failed(error.reason, fallback: fallback != nil)
      guard let fallback else {
        if error.reason == .failed {
          logger.error(
            "request failed",
            metadata: [
              "model": "\(model.name)", "version": "\(model.version)",
              "trace": "\(call.trace.traceID)", "reason": "\(error)",
            ])
        }
        return Answer(error)
      }
      return Answer(
        [Float](repeating: fallback, count: job.rows), for: request.id, request.answer,
        model: model.name, version: model.version, fallback: error.reason)
    }
  }

  /// Scores a request in the shadow: nobody waits for it, and nothing of it is told but to the observer.
  private func score(_ body: RequestBody, in shadow: LoadedModel, _ call: Call) {
    guard !shadow.batcher.isFull() else { return shadow.metrics.failed(.overload) }
    do {
      let clock = NIODeadline.now()
      let (decoded, raw) = try shadow.decode(body) { id in
        observer?.wants(id ?? call.trace.id) ?? false
      }
      let read = NIODeadline.now()
      let job = ScoreJob(decoded.batch, deadline: nil) { [observer] job, result in
        guard case .success(let probabilities) = result else { return }
        shadow.metrics.answered(
          job, probabilities, decoded.statistics, decode: read - clock, total: .now() - clock)
        shadow.drift?.add(probabilities)
        guard let raw else { return }
        observer?.scored(
          ScoredRequest(
            id: decoded.id ?? call.trace.id, model: shadow.name, version: shadow.version,
            arm: .shadow, unit: call.unit, places: decoded.places, time: LogTime.now, values: raw,
            probabilities: probabilities))
      }
      if try shadow.batcher.add(job) {
        deployments.async { while shadow.batcher.start() {} }
      }
    } catch {
      shadow.metrics.failed(RequestError(error).reason)
    }
  }

  /// The id in a request's JSON; an empty one where it has none.
  private static func id(of body: RequestBody) -> String {
    let id = body.withBytes { bytes -> String? in
      let length = if case .tensors(let header?) = body.form { header } else { bytes.count }
      guard length <= bytes.count else { return nil }
      return JSONBody.id(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
    }
    return id ?? UUID().uuidString
  }
}

/// A time as Server-Timing has it, to a microsecond.
private func milliseconds(_ time: TimeAmount) -> String {
  let microseconds = max(time.microseconds, 0)
  let rest = microseconds % 1000
  return "\(microseconds / 1000).\(rest < 10 ? "00" : rest < 100 ? "0" : "")\(rest)"
}
