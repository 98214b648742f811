// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions of deepfm.h have its names.

import CDeepFM
import Datasets
import DeepFMKit
import Diagnostics
import Features
import Logs
import Operators
import Support
import Training

@c @implementation
public func deepfm_cancellation_new() -> OpaquePointer? { handle(Cancellation()) }

@c @implementation
public func deepfm_cancellation_cancel(_ cancellation: OpaquePointer?) {
  cancellation.map { object(Cancellation.self, $0).cancel() }
}

@c @implementation
public func deepfm_cancellation_free(_ cancellation: OpaquePointer?) {
  free(Cancellation.self, cancellation)
}

@c @implementation
public func deepfm_check_device(
  _ question: UnsafePointer<CChar>?, _ error: ErrorPlace?
) -> UnsafeMutablePointer<CChar>? {
  catching(error) { try text(FirstCheck.answer(to: string(question, "question"))) }
}

@c @implementation
public func deepfm_train(
  _ training: UnsafePointer<deepfm_training>?, _ error: ErrorPlace?
) -> OpaquePointer? {
  catching(error) {
    guard let training, training.pointee.size > 0 else {
      throw UserError(
        "training", found: "no size", expected: "sizeof(deepfm_training)", remedy: "set its size")
    }
    return try handle(TrainingJob(known(training)).run())
  }
}

/// The fields that the caller knows, whose version may be older; zeros for the others.
private func known(_ training: UnsafePointer<deepfm_training>) -> deepfm_training {
  var copy = deepfm_training()
  let size = min(training.pointee.size, MemoryLayout<deepfm_training>.size)
  withUnsafeMutableBytes(of: &copy) {
    $0.copyMemory(from: UnsafeRawBufferPointer(start: training, count: size))
  }
  return copy
}

/// What a training is to do, read from its description in C.
private struct TrainingJob {
  /// The most bytes of encoded rows in memory; those beyond it go into temporary files without names.
  private static let rowsInMemory = 1 << 30

  private let training: LogHandle
  private let validation: LogHandle?
  private let test: LogHandle?
  private let schema: Schema
  private let configuration: TrainingConfiguration
  private let start: TrainedModel?
  private let device: String
  private let cancellation: Cancellation
  private let tell: (String) -> Int32
  private let check: FirstCheck?

  init(_ training: deepfm_training) throws {
    self.training = try required(LogHandle.self, training.training, "training log")
    validation = training.validation.map { object(LogHandle.self, $0) }
    test = training.test.map { object(LogHandle.self, $0) }
    start = training.start.map { object(ModelHandle.self, $0).trained }
    schema = try training.schema.map { try Self.schema(String(cString: $0)) } ?? Schema()
    configuration = try DeepFMC.configuration(training.settings, over: start?.configuration)
    device = training.device.map { String(cString: $0) } ?? "auto"
    cancellation = training.cancellation.map { object(Cancellation.self, $0) } ?? Cancellation()
    var words: [String] = []
    while let word = training.check_command?[words.count] { words.append(String(cString: word)) }
    let limit = training.check_limit > 0 ? training.check_limit : 180
    check = words.isEmpty ? nil : FirstCheck(by: words, limit: limit)
    let (handler, context) = (training.on_event, training.context)
    tell = { line in handler.map { $0(context, line) } ?? 0 }
  }

  /// A schema by its text or its name.
  private static func schema(_ text: String) throws -> Schema {
    let isText = text.contains("\n") || text.contains(": ") || text.hasPrefix("{")
    return try isText ? Schema(yaml: text, name: "schema") : Schema(named: text)
  }

  /// - Throws: ``CancelledEarly`` where no epoch was finished.
  func run() throws -> ModelHandle {
    try run(on: Backends.make(device: device))
  }

  private func report(_ line: EventLine) {
    guard let text = try? JSONText.line(line) else { return }
    if tell(String(text.dropLast())) != 0 { cancellation.cancel() }
  }

  private func run(on backend: some Backend) throws -> ModelHandle {
    let clock = ContinuousClock.now
    var room = EncodedLogs.Room()
    room.memory = Self.rowsInMemory
    let data = try TrainingData(
      training: training.sources, validation: validation?.sources ?? [],
      test: test?.sources ?? [], schema: schema, encoder: start?.encoder,
      configuration: configuration, room: room)
    for note in data.encoder.notes { report(.note(note)) }
    report(.encoded(data, seconds: (ContinuousClock.now - clock).seconds))
    if cancellation.isCancelled { throw CancelledEarly() }
    do {
      try check?.make(
        on: backend, named: device, .auto, for: .training, configuration, of: data.encoder
      ) { report(.note($0)) }
    } catch {
      throw RefusedDevice(reason: error)
    }
    let trainer = try Trainer(data, configuration: configuration, backend: backend, from: start)
    let run = try trainer.run(cancellation: cancellation) { report(EventLine($0)) }
    if cancellation.isCancelled, run.timings.isEmpty { throw CancelledEarly() }
    let judged = try data.test.map { try Predictor(run.model, on: backend).judge($0) }
    return ModelHandle(run, test: judged, on: backend)
  }
}
