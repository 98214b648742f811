import Features
import Operators
import Support

extension Trainer {
  /// Refuses arithmetic whose numbers a model file would round.
  func checkKeepsNumbers() throws {
    guard B.Scalar.self != Float.self else { return }
    throw UserError(
      "--checkpoint", found: "the reference, which computes in double precision",
      expected: "a device whose numbers a file holds as they are",
      remedy: "train on an OpenCL device, or without checkpoints")
  }

  /// What a training has to keep of itself between two steps; waits for the queued ones.
  func checkpoint(epoch: Int, _ pass: EpochPlace) throws -> Checkpoint {
    let place = TrainingPlace(
      epoch: epoch, pass: pass, plateau: plateau, standing: standing, bestEpoch: best?.epoch,
      averagedLooks: average?.looks, history: history,
      timings: timings, pretraining: pretraining?.record,
      pretrainingCost: pretraining?.cost, elapsed: elapsed, rows: rowsHash)
    return Checkpoint(
      place: place, current: try model(of: network.snapshot(), bestEpoch: nil),
      best: try best.map {
        try model(of: $0.snapshot, bestEpoch: $0.epoch, recalibration: $0.recalibration)
      },
      average: try average?.numbers.map { try model(of: $0, bestEpoch: nil) })
  }

  /// A hash of all rows that training learns from or is judged by.
  var hashOfRows: String {
    var hash = XXH64()
    data.training.add(to: &hash)
    data.validation?.add(to: &hash)
    return hexadecimal(hash.value)
  }

  /// Refuses a checkpoint of another training.
  ///
  /// - Throws: ``TrainingError/otherCheckpoint(_:)``.
  func check(_ checkpoint: Checkpoint) throws {
    let (before, now) = (checkpoint.current.configuration.texts, configuration.texts)
    let changes = Set(before.keys).union(now.keys).sorted().filter { before[$0] != now[$0] }.map {
      "\($0) \(before[$0] ?? "not set"), now \(now[$0] ?? "not set")"
    }
    guard changes.isEmpty else {
      throw TrainingError.otherCheckpoint("other settings (\(changes.joined(separator: "; ")))")
    }
    guard checkpoint.current.encoder == data.encoder, checkpoint.place.rows == rowsHash else {
      throw TrainingError.otherCheckpoint("other rows")
    }
  }

  /// Goes on where a checkpoint was made: from here on everything is as it would have been.
  func takeUp(_ checkpoint: Checkpoint, _ report: (TrainingEvent) -> Void) throws {
    let place = checkpoint.place
    (plateau, standing, history, timings) = (
      place.plateau, place.standing, place.history, place.timings
    )
    pretraining = place.pretraining.flatMap { record in
      place.pretrainingCost.map { (record, $0) }
    }
    if let epoch = place.bestEpoch, let model = checkpoint.best {
      best = (epoch, model.snapshot(), model.recalibration)
    }
    interrupted = (place.epoch, place.pass)
    elapsedBefore = place.elapsed
    if let model = checkpoint.average, let looks = place.averagedLooks {
      try resumeAverage(model, looks: looks)
    }
    try network.restore(checkpoint.current.snapshot())
    report(.takenUp(epoch: place.epoch, step: network.step))
  }
}
