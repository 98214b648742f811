import Features
import Logs
import Support

/// The encoding pass into a folder, from where an interrupted run left off.
final class FolderPass {
  private let staging: StagingFolder
  private let encoder: FeatureEncoder
  private let policy: RejectionPolicy
  private let writer: ShardWriter
  private let before: StagingFolder.Progress?
  private let rejected: RejectedRows
  private let quarantine: StagedQuarantine?
  /// What had become of the rows before the next block.
  private var state: (RejectedRows.State, StagedQuarantine.State?)

  /// What became of rows that could not be read, nil where all could.
  var rejection: String? { rejected.summary }

  init(
    _ staging: StagingFolder, _ encoder: FeatureEncoder, hash: String, _ policy: RejectionPolicy,
    shardSize: Int
  ) throws {
    (self.staging, self.encoder, self.policy) = (staging, encoder, policy)
    before = staging.progress(encoder, hash: hash)
    // Kept where rows are only skipped, too: the run may be taken up again as one that keeps them.
    quarantine =
      policy.action == .stop
      ? nil : try StagedQuarantine(in: staging.path, from: before?.quarantine)
    rejected = try RejectedRows(
      policy, after: before?.rejection ?? RejectedRows.State(), into: quarantine)
    writer = ShardWriter(staging, encoder, hash: hash, limit: shardSize, resuming: before)
    state = (rejected.state, quarantine?.state)
  }

  /// Writes the shards.
  func run(_ encoding: inout LogEncoding, _ counts: RowCounts?) throws -> StagingFolder.Progress {
    if let before, before.isDone {
      try rejected.finish()
      return before
    }
    try encoding.encode(
      by: encoder, counts, from: before?.place ?? BlockPlace(), rejecting: rejected
    ) { block, place in
      try self.writer.append(block, at: place, after: self.state)
      self.state = (self.rejected.state, self.quarantine?.state)
      block.done()
    }
    try rejected.finish()
    try writer.finish((rejected.state, quarantine?.state))
    return writer.progress
  }

  /// Puts the rows that could not be read where the policy wants them.
  func deliverQuarantine() throws {
    guard case .quarantine(let path) = policy.action else { return }
    try quarantine?.deliver(to: path)
  }
}
