import Assignment
import Dispatch
import Foundation
import Logging
import RequestLogs
import Support
import Synchronization

/// The models that are served: found on disk, loaded beside those that serve, and put in their place.
package final class ModelRepository: Sendable {
  /// What is known of a model.
  private struct Entry {
    var traffic = Traffic()
    /// What was loaded of each version.
    var marks: [String: FileMark] = [:]
    /// Versions that are not to be taken by themselves: broken ones, and those that were taken back.
    var refused: [String: (mark: FileMark, reason: String)] = [:]
    /// The versions that served before, the last one last.
    var history: [String] = []
    var isUnloaded = false
    var recorded = RecordedRequests()
  }

  let source: ModelSource
  private let loader: ModelLoader
  private let logger: Logger
  private let entries = Mutex<[String: Entry]>([:])
  /// One version is loaded at a time.
  private let loading = DispatchQueue(label: "loading models")

  package init(
    _ source: ModelSource, loader: ModelLoader,
    logger: Logger
  ) {
    (self.source, self.loader) = (source, loader)
    self.logger = logger
  }

  // MARK: Requests

  /// Whether every model has a version that answers.
  var isReady: Bool {
    entries.withLock { entries in
      !entries.isEmpty && entries.values.allSatisfy { $0.traffic.stable != nil || $0.isUnloaded }
    }
  }

  /// The version that answers a request.
  ///
  /// - Parameters:
  ///   - version: one that is in memory; nil for whichever serves.
  ///   - unit: who is asked for, called where a canary serves.
  /// - Throws: ``RequestError`` for what is not there.
  func route(
    _ name: String, version: String?, unit: () -> String
  ) throws(RequestError) -> (model: LoadedModel, arm: ScoredRequest.Arm, shadow: LoadedModel?) {
    let traffic = try traffic(of: name)
    if let version {
      guard let model = traffic.loaded.first(where: { $0.version == version }) else {
        throw .notFound("model \(quoted(name)) has no version \(quoted(version)) in memory")
      }
      return (model, model === traffic.stable ? .stable : .canary, nil)
    }
    if let canary = traffic.canary,
      AssignmentHash.v2.place(of: unit().utf8, seed: name) < canary.share
    {
      return (canary.model, .canary, traffic.shadow)
    }
    guard let stable = traffic.stable else {
      throw RequestError(.serviceUnavailable, .unavailable, "model \(quoted(name)) is not loaded")
    }
    return (stable, .stable, traffic.shadow)
  }

  /// The version that answers every request for a model; nil where that depends on the request.
  func only(_ name: String, version: String?) -> LoadedModel? {
    entries.withLock { entries in
      guard let traffic = entries[name]?.traffic else { return nil }
      if let version { return traffic.loaded.first { $0.version == version } }
      return traffic.canary == nil ? traffic.stable : nil
    }
  }

  private func traffic(of name: String) throws(RequestError) -> Traffic {
    guard let traffic = entries.withLock({ $0[name]?.traffic }) else {
      throw .notFound("there is no model \(quoted(name))")
    }
    return traffic
  }

  /// Keeps a request for later versions to be warmed with.
  func record(_ body: RequestBody, of name: String) {
    entries.withLock { $0[name]?.recorded.add(body) }
  }

  /// The names of all models.
  var names: [String] { entries.withLock { $0.keys.sorted() } }

  /// The versions in memory, and what each does.
  var loaded: [(model: LoadedModel, role: String)] {
    entries.withLock { entries in
      entries.sorted { $0.key < $1.key }.flatMap { _, entry in
        let traffic = entry.traffic
        let all: [(LoadedModel?, String)] = [
          (traffic.stable, "serves"),
          (traffic.canary?.model, "canary, \(100 * (traffic.canary?.share ?? 0)) %"),
          (traffic.shadow, "shadow"),
        ]
        return all.compactMap { model, role in model.map { ($0, role) } }
      }
    }
  }

  /// A version of a model for the index.
  struct IndexEntry: Encodable, Sendable {
    let name: String
    let version: String
    let state: String
    let reason: String
  }

  /// All versions on disk, and what became of them.
  var index: [IndexEntry] {
    let known = entries.withLock { $0 }
    return known.sorted { $0.key < $1.key }.flatMap { name, entry in
      let loaded = entry.traffic.loaded.map(\.version)
      let stored = source.versions(of: name).map(\.version)
      return (loaded + stored.filter { !loaded.contains($0) }).map { version in
        IndexEntry(
          name: name, version: version,
          state: loaded.contains(version) ? "READY" : "UNAVAILABLE",
          reason: loaded.contains(version)
            ? "" : entry.isUnloaded ? "unloaded" : entry.refused[version]?.reason ?? "not loaded")
      }
    }
  }

  // MARK: Deployments

  /// What a version that is loaded is for.
  enum Role: Sendable {
    case stable
    case canary(Double)
    case shadow
  }

  /// Loads what is new on disk. What cannot be loaded is refused, and whatever serves goes on.
  ///
  /// - Returns: what could not be loaded.
  @discardableResult
  package func scan() -> [any Error] {
    loading.sync {
      let names = Set(source.names).union(entries.withLock { $0.keys })
      return names.sorted().compactMap { name in
        do {
          try update(name)
          return nil
        } catch {
          return error
        }
      }
    }
  }

  /// Loads a version for a role.
  ///
  /// - Parameter version: nil for the newest.
  /// - Throws: ``RequestError`` for a model or version that is not there; what keeps it from being loaded.
  func load(_ name: String, version: String?, as role: Role) throws {
    try loading.sync {
      let versions = versions(of: name)
      guard !versions.isEmpty else {
        throw RequestError.notFound("there is no model \(quoted(name))")
      }
      guard let stored = version.map({ v in versions.last { $0.version == v } }) ?? versions.last
      else {
        throw RequestError.notFound(
          "model \(quoted(name)) has no version \(quoted(version ?? "")); there are "
            + listed(versions.map(\.version)))
      }
      try take(stored, of: name, as: role)
    }
  }

  /// Lets the version serve that served before this one, which is not taken again by itself.
  ///
  /// - Throws: ``RequestError`` where there is none; what keeps it from being loaded.
  func rollBack(_ name: String) throws {
    try loading.sync {
      let entry = entries.withLock { $0[name] }
      guard let before = entry?.history.last,
        let stored = versions(of: name).last(where: { $0.version == before })
      else {
        throw RequestError(
          .conflict, .unavailable, "model \(quoted(name)) has no version to go back to")
      }
      let current = entry?.traffic.stable?.version
      try take(stored, of: name, as: .stable)
      entries.withLock { entries in
        guard let current, let mark = entries[name]?.marks[current] else { return }
        entries[name]?.refused[current] = (mark, "taken back")
        // Going back once more leads to the one before it.
        entries[name]?.history.removeAll { $0 == current }
      }
    }
  }

  /// Takes a model out of memory once its requests are done; it is loaded again by ``load(_:version:as:)``.
  func unload(_ name: String) throws {
    try loading.sync {
      _ = try traffic(of: name)
      entries.withLock {
        $0[name]?.traffic = Traffic()
        $0[name]?.isUnloaded = true
      }
      logger.info("model unloaded", metadata: ["model": "\(name)"])
    }
  }

  /// Loads the newest version of a model if it is new; on the queue for loading.
  private func update(_ name: String) throws {
    let entry = entries.withLock { entries in
      if entries[name] == nil { entries[name] = Entry() }
      return entries[name]!
    }
    guard !entry.isUnloaded else { return }
    let others = [entry.traffic.canary?.model, entry.traffic.shadow].map { $0?.version }
    let candidate = versions(of: name).last { stored in
      entry.refused[stored.version].map { $0.mark != stored.mark } ?? true
        && !others.contains(stored.version)
    }
    guard let candidate else { return }
    if let stable = entry.traffic.stable {
      let isSame =
        stable.version == candidate.version && entry.marks[candidate.version] == candidate.mark
      let isOlder = Int(stable.version).map { $0 > candidate.number } ?? false
      guard !isSame, !isOlder else { return }
    }
    try take(candidate, of: name, as: .stable)
  }

  /// The versions of a model; of a run folder that was written anew, the number after the last one.
  private func versions(of name: String) -> [StoredVersion] {
    let stored = source.versions(of: name)
    guard case .run = source, let only = stored.first else { return stored }
    let marks = entries.withLock { $0[name]?.marks ?? [:] }
    let refused = entries.withLock { $0[name]?.refused ?? [:] }
    if let known = marks.first(where: { $0.value == only.mark })
      ?? refused.first(where: { $0.value.mark == only.mark }).map({ ($0.key, $0.value.mark) })
    {
      return [
        StoredVersion(
          version: known.key, number: Int(known.key) ?? 1, path: only.path, mark: only.mark)
      ]
    }
    let last = (marks.keys.map { $0 } + refused.keys).compactMap { Int($0) }.max() ?? 0
    return [
      StoredVersion(
        version: "\(last + 1)", number: last + 1, path: only.path, mark: only.mark)
    ]
  }

  /// Puts a version into its role, loaded if it is not in memory.
  private func take(_ stored: StoredVersion, of name: String, as role: Role) throws {
    let entry = entries.withLock { $0[name] ?? Entry() }
    let isKnown = entry.marks[stored.version] == stored.mark
    var model = entry.traffic.loaded.first { isKnown && $0.version == stored.version }
    if model == nil {
      let clock = ContinuousClock.now
      do {
        model = try loader.load(
          name, version: stored.version, from: stored.path,
          among: source.versions(of: name).map(\.path), recorded: entry.recorded.bodies)
      } catch {
        entries.withLock { entries in
          entries[name, default: Entry()].refused[stored.version] = (stored.mark, "\(error)")
        }
        logger.error(
          "version refused",
          metadata: [
            "model": "\(name)", "version": "\(stored.version)", "reason": "\(error)",
          ])
        throw error
      }
      logger.info(
        "version loaded",
        metadata: [
          "model": "\(name)", "version": "\(stored.version)", "path": "\(stored.path)",
          "seconds": "\((ContinuousClock.now - clock).seconds)",
        ])
    }
    place(model!, stored, of: name, as: role)
  }

  /// The one moment in which requests begin to go to another version.
  private func place(
    _ model: LoadedModel, _ stored: StoredVersion, of name: String, as role: Role
  ) {
    entries.withLock { entries in
      var entry = entries[name] ?? Entry()
      entry.isUnloaded = false
      entry.marks[stored.version] = stored.mark
      entry.refused[stored.version] = nil
      if entry.traffic.canary?.model.version == stored.version { entry.traffic.canary = nil }
      if entry.traffic.shadow?.version == stored.version { entry.traffic.shadow = nil }
      switch role {
      case .stable:
        if let before = entry.traffic.stable, before !== model, before.version != stored.version {
          entry.history.removeAll { $0 == before.version }
          entry.history.append(before.version)
        }
        entry.traffic.stable = model
      case .canary(let share): entry.traffic.canary = (model, share)
      case .shadow: entry.traffic.shadow = model
      }
      entries[name] = entry
    }
    logger.info(
      "version in place",
      metadata: ["model": "\(name)", "version": "\(stored.version)", "role": "\(role)"])
  }
}

/// Some of the last requests that were answered.
struct RecordedRequests: Sendable {
  private(set) var bodies: [RequestBody] = []
  private var next = 0

  /// How many are kept, and the most bytes of one.
  private static let most = 16
  private static let largest = 256 << 10

  mutating func add(_ body: RequestBody) {
    guard body.count <= Self.largest else { return }
    if bodies.count < Self.most {
      bodies.append(body)
    } else {
      bodies[next] = body
      next = (next + 1) % Self.most
    }
  }
}
