/// Where the tables of networks are to lie.
public enum TablePlacement: String, Sendable, CaseIterable {
  /// On the device, in one buffer each, or else in several; in the host's memory where the device has too little.
  case auto
  /// On the device.
  case device
  /// In the host's memory: the rows of a batch's ids travel to the device and back.
  case host
  /// In the memory of the hosts of all ranks of a job, each with a share of the rows, which travel to the ranks whose
  /// batches have their ids, and gradients back; in one process as `auto`.
  case ranks
}

/// Where a table of a network lies.
package struct TablePlace: Sendable, Hashable {
  /// The kinds of places.
  package enum Kind: Sendable, Hashable {
    /// In a buffer of the device.
    case buffer
    /// In so many buffers of the device, each with stretches of rows.
    case buffers(Int)
    /// In the host's memory.
    case host
    /// In the host's memory of so many ranks, each with a share of the rows.
    case ranks(Int)
  }

  /// The table's name.
  package let table: String
  /// How many rows it has.
  package let rows: Int
  /// Its numbers and those of its optimizer, in bytes; where ranks share the rows, those of one.
  package let bytes: Int
  /// Where it lies.
  package let kind: Kind
  /// The most rows that a batch works on, which travel to a window of the device; nil where steps work on the table as
  /// it lies.
  package let window: Int?
  /// Of a table in the host's memory, how many rows stay on the device: those of the most frequent ids.
  package let rowsOnDevice: Int
}

extension TablePlace {
  /// Whether it is in the host's memory.
  package var isOnHost: Bool {
    switch kind {
    case .buffer, .buffers: false
    case .host, .ranks: true
    }
  }
}

extension TablePlace: CustomStringConvertible {
  package var description: String {
    let size = "\(table) (\(rows) rows, \(mebibytes(bytes)))"
    return switch kind {
    case .buffer: "\(size) in a buffer"
    case .buffers(let count): "\(size) in \(count) buffers"
    case .host:
      "\(size) in the host's memory"
        + (rowsOnDevice > 0 ? ", its \(rowsOnDevice) most frequent rows on the device" : "")
    case .ranks(let count):
      "\(table) (\(rows) rows) by row over \(count) ranks, \(mebibytes(bytes)) each"
    }
  }
}
