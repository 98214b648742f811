import Dispatch
import Support
import Synchronization

/// When checkpoints are made, and where they go.
package struct CheckpointPolicy {
  /// The time from one to the next.
  package let interval: Duration
  /// What others keep with a checkpoint, asked for on the training's thread.
  package let attachment: () -> String?
  /// Keeps a checkpoint in place of the one before, by any thread.
  package let write: @Sendable (Checkpoint) throws -> Void

  /// - Parameters: as above.
  package init(
    every interval: Duration, attachment: @escaping () -> String? = { nil },
    write: @escaping @Sendable (Checkpoint) throws -> Void
  ) {
    (self.interval, self.attachment, self.write) = (interval, attachment, write)
  }
}

/// Writes checkpoints beside the training: one at a time, from a copy of the numbers.
final class CheckpointWriter {
  private let policy: CheckpointPolicy
  private let queue = DispatchQueue(label: "checkpoints")
  private let group = DispatchGroup()
  private var last = ContinuousClock.now
  private let outcome = Outcome()

  /// What became of the last one that was written, until it is told.
  private final class Outcome: Sendable {
    let value = Mutex<Result<CheckpointNote, any Error>?>(nil)
  }

  init(_ policy: CheckpointPolicy) { self.policy = policy }

  /// Whether it is time for one, and the one before is written.
  var isDue: Bool {
    ContinuousClock.now - last >= policy.interval && group.wait(timeout: .now()) == .success
  }

  /// Tells what became of the one before, where that is known.
  func tell(_ report: (TrainingEvent) -> Void) {
    switch outcome.value.withLock({ $0.take() }) {
    case nil: break
    case .success(let note): report(.checkpoint(note))
    // A training that could go on does, with a checkpoint the less.
    case .failure(let error): report(.checkpointFailed("\(error)"))
    }
  }

  /// Writes one, as soon as the one before is written.
  func write(_ checkpoint: Checkpoint) {
    var checkpoint = checkpoint
    checkpoint.attachment = policy.attachment()
    last = .now
    let write = policy.write
    queue.async(group: group) { [checkpoint, outcome] in
      let start = ContinuousClock.now
      let result: Result<CheckpointNote, any Error> = Result {
        try write(checkpoint)
        return CheckpointNote(
          epoch: checkpoint.place.epoch, step: checkpoint.current.step,
          duration: ContinuousClock.now - start)
      }
      outcome.value.withLock { $0 = result }
    }
  }

  /// Waits until nothing is under way.
  func finish(_ report: (TrainingEvent) -> Void) {
    group.wait()
    tell(report)
  }
}
