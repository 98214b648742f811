import Data
import OpenCL

/// Which work-item sums up the gradients of which ids of a batch, as `slot_partition.cl` shares them out: each
/// owns adjacent slots, and slots with ids in common have one owner. Any share gives the same sums.
final class SlotPartition {
  /// The most owners.
  let most: Int
  /// For each owner its slots, where its list begins and how many ids it has, 4 numbers.
  let owners: Buffer<Int32>
  /// The owners' lists of ids.
  let lists: Buffer<Int32>
  /// For each slot 4 numbers.
  let groups: Buffer<Int32>
  /// Whether the slots of the current batch have owners.
  var isShared = false

  /// - Parameters:
  ///   - most: the most owners.
  ///   - layout: how the batches' ids are laid out.
  ///   - capacity: the most rows of a batch.
  init(_ most: Int, layout: BatchLayout, capacity: Int, on queue: Queue) throws {
    self.most = most
    let counts = Self.counts(most, layout: layout, capacity: capacity)
    owners = try counts.buffer("owners of ids", queue.context)
    lists = try counts.buffer("owners' ids", queue.context)
    groups = try counts.buffer("groups of slots", queue.context)
    if most == 1 { try owners.write([0, Int32(layout.slots), 0, 0], on: queue) }
  }

  static func counts(_ most: Int, layout: BatchLayout, capacity: Int) -> BufferCounts {
    [
      "owners of ids": 4 * most,
      // Room for one id more a list than it can have.
      "owners' ids": capacity * layout.slots + most, "groups of slots": 4 * layout.slots,
    ]
  }
}

extension OpenCLInput {
  /// Who owns the ids.
  ///
  /// - Precondition: the device's work-items own ids.
  var ownedSlots: SlotPartition {
    guard let partition else { preconditionFailure("an input whose ids nobody owns") }
    return partition
  }
}

extension OpenCLBackend {
  /// The owners of the current batch's ids.
  func owners(of input: OpenCLInput) throws -> OpenCL.Buffer<Int32> {
    let partition = input.ownedSlots
    if !partition.isShared && partition.most > 1 {
      try library.kernel("share_slots", of: "slot_partition").launch(
        on: queue, global: [1], local: [1],
        [
          "rows": input.rows, "slots": input.layout.slots, "most": partition.most, "ids": input.ids,
          "groups": partition.groups, "ownership": partition.owners,
        ])
      partition.isShared = true
    }
    return partition.owners
  }
}
