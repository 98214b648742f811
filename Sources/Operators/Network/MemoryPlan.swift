import Cluster

/// Every buffer a network needs, known before the first is made: those that the steps of its plan name.
package struct MemoryPlan: Sendable {
  /// What a buffer is for.
  package enum Use: String, Sendable, CaseIterable {
    /// Parameters and running statistics.
    case parameters
    /// Gradients of parameters and of activations.
    case gradients
    /// The optimizers' numbers.
    case optimizer
    /// Activations.
    case activations
    /// The batch.
    case input
    /// Rows that stay on the device, from which batches are gathered.
    case rows
    /// Steps' own scratch memory.
    case scratch
  }

  /// One buffer.
  package struct Entry: Sendable {
    /// What it holds.
    package let label: String
    /// What it is for.
    package let use: Use
    /// Its size.
    package let bytes: Int
    /// Whether it grows with the number of features.
    var isOfTable = false
  }

  /// The buffers that a network makes, each named by one of its plan's steps, in the order of the steps.
  let reservations: [Reservation]
  /// All buffers.
  package private(set) var entries: [Entry]
  /// Where the tables lie that steps work on in windows; none where each lies in one buffer.
  package let tables: [TablePlace]

  /// The memory of a plan.
  ///
  /// - Parameters:
  ///   - input: what the backend's batches take, see ``Backend/inputMemory(layout:capacity:findsUniqueIDs:)``.
  ///   - scratch: the scratch memory of the backend's steps, in scalars.
  ///   - scalarSize: the size of the backend's scalar, in bytes.
  ///   - shared: what is another network's.
  init(
    _ plan: Plan, input: [(label: String, bytes: Int)], scratch: Int, scalarSize: Int,
    without shared: Set<Operand> = [], tables places: [TablePlace] = []
  ) {
    self.tables = places
    let parameters = plan.graph.parameters.map {
      Reservation(.parameter($0), $0.name, .parameters, count: $0.count, in: $0.precision)
    }
    reservations = Self.merged(
      parameters + plan.steps.flatMap { $0.memory(capacity: plan.capacity) }
    ).filter { !shared.contains($0.operand) && plan.aliases[$0.operand] == nil }
    let tables = plan.graph.parameters.filter { $0.kind == .table }.map(\.name)
    entries = reservations.map { part in
      Entry(
        label: part.label, use: part.use, bytes: part.bytes(scalarSize: scalarSize),
        isOfTable: tables.contains { part.label.hasPrefix($0) })
    }
    entries += input.map { Entry(label: $0.label, use: .input, bytes: $0.bytes) }
    entries.append(Entry(label: "steps", use: .scratch, bytes: scratch * scalarSize))
  }

  /// The memory with one more buffer, or several of them as one.
  mutating func add(_ entry: Entry) { entries.append(entry) }

  /// The uses that buffers have, in their order.
  package var uses: [Use] { Use.allCases.filter { $0 != .rows || total(of: $0) > 0 } }

  /// The memory of both.
  mutating func add(_ other: MemoryPlan) { entries += other.entries }

  /// Each buffer once, in the order of their first mention, as large as the step that wants most of it.
  private static func merged(_ wanted: [Reservation]) -> [Reservation] {
    var places: [Operand: Int] = [:]
    return wanted.reduce(into: []) { merged, next in
      if let place = places[next.operand] {
        merged[place].count = max(merged[place].count, next.count)
      } else {
        places[next.operand] = merged.count
        merged.append(next)
      }
    }
  }

  /// All buffers together, in bytes.
  package var total: Int { entries.reduce(0) { $0 + $1.bytes } }

  /// The buffers of one use together, in bytes.
  package func total(of use: Use) -> Int {
    entries.reduce(0) { $0 + ($1.use == use ? $1.bytes : 0) }
  }

  /// The tables in the host's memory, in bytes.
  package var hostBytes: Int { tables.reduce(0) { $0 + ($1.isOnHost ? $1.bytes : 0) } }

  /// Whether it fits.
  func fits(_ limits: MemoryLimits) -> Bool { (try? check(against: limits)) != nil }

  /// Refuses a plan that does not fit.
  ///
  /// - Throws: ``MemoryPlanError`` with what was planned and what there is.
  package func check(against limits: MemoryLimits?) throws(MemoryPlanError) {
    guard let limits else { return }
    if let entry = entries.first(where: { $0.bytes > limits.largestAllocation }) {
      throw .allocationTooLarge(entry, limit: limits.largestAllocation)
    }
    if let long = reservations.first(where: {
      [.gradients, .activations].contains($0.use) && $0.count > limits.mostNumbers
    }) {
      throw .tooManyNumbers(long.label, long.use, count: long.count, limit: limits.mostNumbers)
    }
    guard total <= limits.total else { throw .totalTooLarge(self, limit: limits.total) }
  }
}

extension MemoryPlan.Entry {
  /// What makes it smaller.
  fileprivate var remedy: String {
    switch use {
    case .parameters, .gradients, .optimizer:
      isOfTable
        ? "raise min_count, or shorten the embedding vectors"
        : "make the hidden layers narrower"
          + (use == .gradients ? ", or choose a smaller batch" : "")
    case .activations, .scratch: "choose a smaller batch, or narrower hidden layers"
    case .input: "choose a smaller batch"
    case .rows: "leave the rows on the host by --rows-on host"
    }
  }
}

/// A network that does not fit into the device's memory.
package enum MemoryPlanError: Error, CustomStringConvertible {
  /// One buffer exceeds the device's largest allocation.
  case allocationTooLarge(MemoryPlan.Entry, limit: Int)
  /// All buffers together exceed the device's memory.
  case totalTooLarge(MemoryPlan, limit: Int)
  /// There are more numbers of something than kernels can count.
  case tooManyNumbers(String, MemoryPlan.Use, count: Int, limit: Int)
  /// All rows of a table would be updated where they cannot be; with the device's memory unless the place was asked for.
  case wholeTableOnHost(TablePlace, device: Int?)
  /// A table is to lie in the host's memory, but an operation reads it in a way of its own.
  case cannotTravel(String)
  /// Tables cannot be kept in bfloat16, for a reason.
  case notRounded(String)
  /// The tables fit neither into the device's memory nor into the host's.
  case hostTooSmall(MemoryPlan, available: Int, device: Int)

  package var description: String {
    switch self {
    case .allocationTooLarge(let entry, let limit):
      "the \(entry.use.rawValue) of \(entry.label) need \(mebibytes(entry.bytes)) in one piece, but "
        + "the device allocates at most \(mebibytes(limit)) at once; \(entry.remedy)"
    case .totalTooLarge(let plan, let limit):
      "the network needs \(mebibytes(plan.total)) ("
        + plan.uses.map { "\($0.rawValue) \(mebibytes(plan.total(of: $0)))" }
        .joined(separator: ", ") + "), but the device has \(mebibytes(limit)); "
        + (plan.entries.max { $0.bytes < $1.bytes }?.remedy ?? "choose another device")
    case .tooManyNumbers(let label, let use, let count, let limit):
      "the \(use.rawValue) of \(label) are \(count) numbers, but kernels count to \(limit) at most; "
        + "choose tables: touched, raise min_count, shorten the embedding vectors or choose a smaller batch"
    case .wholeTableOnHost(let place, _) where place.kind != .host:
      "\(place): tables: whole would move all of it in each step; choose tables: touched"
    case .wholeTableOnHost(let place, let limit):
      "\(place)" + (limit.map { ", since the device has \(mebibytes($0))" } ?? ", as was asked for")
        + ": tables: whole would move all of it in each step; choose tables: touched"
    case .cannotTravel(let table):
      "the table \(table) is to lie in the host's memory, but an operation of the model reads it in a way of "
        + "its own and not row by row; leave it on the device"
    case .notRounded(let reason):
      "tables in bfloat16 lie in one buffer of the device each, where lookups alone read them, but \(reason); choose "
        + "table_precision: float32"
    case .hostTooSmall(let plan, let available, let limit):
      plan.tables.map(\.description).joined(separator: ", ")
        + ": \(mebibytes(plan.hostBytes)), but "
        + "the host has \(mebibytes(available)) left\(Launch.forEachRank), and the device "
        + "\(mebibytes(limit)); choose an optimizer with less state (rowwise-adagrad, sgd), shorten the embedding vectors, raise "
        + "min_count or hash into fewer buckets"
    }
  }
}

/// A size in MiB, rounded up to a tenth.
package func mebibytes(_ bytes: Int) -> String {
  let tenths = (bytes * 10 + 1_048_575) / 1_048_576
  return "\(tenths / 10).\(tenths % 10) MiB"
}
