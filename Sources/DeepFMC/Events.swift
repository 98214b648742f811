import DeepFMKit
import Support
import Training

/// What a training tells, as a line of JSON.
struct EventLine: Encodable {
  var event: String
  var pretraining: Bool?
  var text: String?
  var backend: String?
  var settings: [String: String]?
  var trainingRows: Int?
  var validationRows: Int?
  var features: Int?
  var fields: Int?
  var parameters: Int?
  var epoch: Int?
  var epochs: Int?
  var samples: Int?
  var samplesTotal: Int?
  var loss: Double?
  var trainingLoss: Double?
  var validation: Evaluation?
  var learningRate: Double?
  var improved: Bool?
  var bestEpoch: Int?
  var reason: String?
  var seconds: Double?
  var secondsLeftAtMost: Double?
  var samplesPerSecond: Double?

  enum CodingKeys: String, CodingKey {
    case event, pretraining, text, backend, settings, features, fields, parameters, epoch, epochs
    case samples, loss, validation, improved, reason, seconds
    case trainingRows = "training_rows"
    case validationRows = "validation_rows"
    case samplesTotal = "samples_total"
    case trainingLoss = "training_loss"
    case learningRate = "learning_rate"
    case bestEpoch = "best_epoch"
    case secondsLeftAtMost = "seconds_left_at_most"
    case samplesPerSecond = "samples_per_second"
  }

  init(_ event: String) { self.event = event }

  /// Something in words.
  static func note(_ text: String) -> EventLine {
    var line = EventLine("note")
    line.text = text
    return line
  }

  /// The rows are encoded, nothing is trained yet.
  static func encoded(_ data: TrainingData, seconds: Double) -> EventLine {
    var line = EventLine("encoded")
    line.trainingRows = data.training.rows
    line.validationRows = data.validation?.rows ?? 0
    (line.fields, line.features) = (data.encoder.layout.fields, data.encoder.layout.features)
    line.seconds = seconds
    return line
  }

  init(_ event: TrainingEvent) {
    switch event {
    case .started(let start):
      self.init("started")
      (backend, settings) = (start.backend, start.configuration.texts)
      (trainingRows, validationRows) = (start.trainingRows, start.validationRows)
      (features, fields, parameters) = (start.features, start.fields, start.parameters)
    case .doubted(let text), .noted(let text): self = .note(text)
    case .warmedUp(let duration):
      self.init("warmed_up")
      seconds = duration.seconds
    case .pretraining(let event):
      self.init(event)
      pretraining = true
    case .resumed(let epochs, let validation):
      self.init("resumed")
      (self.epochs, self.validation) = (epochs, validation)
    case .progress(let progress):
      self.init("progress")
      (epoch, epochs) = (progress.epoch, progress.epochs)
      (samples, samplesTotal) = (progress.samples, progress.samplesTotal)
      (loss, samplesPerSecond) = (progress.loss, progress.timing.samplesPerSecond)
      secondsLeftAtMost = progress.timeLeftAtMost.seconds
    case .epochFinished(let record, let timing):
      self.init("epoch")
      (epoch, trainingLoss) = (record.epoch, record.trainingLoss)
      (validation, improved) = (record.validation, record.improved)
      learningRate = Double("\(record.learningRate)")
      (samples, seconds) = (timing.samples, timing.training.seconds)
      samplesPerSecond = timing.samplesPerSecond
    case .rateDropped(let rate):
      self.init("rate_dropped")
      learningRate = Double("\(rate)")
    case .monitorReplaced(let monitor, let other, let reason):
      let why = reason.map { ": \($0)" } ?? ""
      self = .note("\(monitor.rawValue) cannot be had, \(other.rawValue) takes its place\(why)")
    case .checkpoint(let note):
      self.init("checkpoint")
      (epoch, seconds) = (note.epoch, note.duration.seconds)
    case .checkpointFailed(let text): self = .note(text)
    case .takenUp(let epoch, _):
      self.init("taken_up")
      self.epoch = epoch
    case .recalibrated(let factor): self = .note("the odds of all probabilities times \(factor)")
    case .stopped(let reason, let bestEpoch):
      self.init("stopped")
      (self.reason, self.bestEpoch) = (reason.description, bestEpoch)
    }
  }
}
