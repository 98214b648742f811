import COpenCL
import Synchronization

/// A device's commands, carried out one after the other. May be used from any thread.
///
/// Commands are only noted when they are given; ``finish()`` and blocking reads wait for them.
public final class Queue: Sendable {
  /// The handle, for libraries that speak OpenCL themselves; valid while the queue lives.
  public nonisolated(unsafe) let handle: cl_command_queue
  /// What the queue's device and memory belong to.
  public let context: Context
  /// Whether each command's times are kept for ``profile()``; costs time on some drivers.
  public let profiling: Bool

  private let pending = Mutex<[Pending]>([])
  private let recorded = Mutex<[(name: String, event: Event)]>([])

  /// Host memory that a transfer under way still reads or writes.
  private struct Pending: Sendable {
    let event: Event
    let memory: any Sendable
  }

  /// - Throws: ``OpenCLError/call(_:_:detail:)``.
  public init(_ context: Context, profiling: Bool = false) throws {
    var status = CL_SUCCESS
    let properties = cl_command_queue_properties(profiling ? CL_QUEUE_PROFILING_ENABLE : 0)
    let handle = clCreateCommandQueue(context.handle, context.device.handle, properties, &status)
    try check(status, "clCreateCommandQueue", context.device.name)
    self.handle = handle!
    self.context = context
    self.profiling = profiling
  }

  deinit {
    clFinish(handle)
    clReleaseCommandQueue(handle)
  }

  /// Waits until every command given so far is done.
  public func finish() throws {
    try check(clFinish(handle), "clFinish", context.device.name)
    pending.withLock { $0.removeAll() }
  }

  /// Hands the commands given so far to the device without waiting for them.
  public func flush() throws {
    try check(clFlush(handle), "clFlush", context.device.name)
  }

  /// An event that is complete when every command given so far is.
  public func marker() throws -> Event {
    var event: cl_event?
    try check(
      clEnqueueMarkerWithWaitList(handle, 0, nil, &event), "clEnqueueMarkerWithWaitList")
    return Event(event!)
  }

  /// Lets the commands to come wait for another queue's event.
  public func wait(for event: Event) throws {
    var handles: cl_event? = event.handle
    try check(
      clEnqueueBarrierWithWaitList(handle, 1, &handles, nil), "clEnqueueBarrierWithWaitList")
  }

  /// Gives a command, and keeps its event where the queue profiles.
  func enqueue(
    _ call: String, _ name: String, _ command: (UnsafeMutablePointer<cl_event?>?) -> Int32
  ) throws {
    guard profiling else { return try check(command(nil), call, name) }
    var event: cl_event?
    try check(command(&event), call, name)
    record(Event(event!), as: name)
  }

  /// Gives a transfer from or to `memory`, which stays alive until it is done.
  func transfer(
    _ call: String, _ name: String, keeping memory: any Sendable,
    _ command: (UnsafeMutablePointer<cl_event?>?) -> Int32
  ) throws -> Event {
    var handle: cl_event?
    try check(command(&handle), call, name)
    let event = Event(handle!)
    pending.withLock { list in
      list.removeAll { $0.event.isComplete }
      list.append(Pending(event: event, memory: memory))
    }
    if profiling { record(event, as: name) }
    return event
  }

  /// Adds a library's command to the profile.
  public func record(_ event: Event, as name: String) {
    recorded.withLock { $0.append((name, event)) }
  }

  /// Waits for all commands and returns their times since the last call, summed by name in the
  /// order of first appearance. Empty unless the queue profiles.
  public func profile() throws -> [ProfileEntry] {
    try finish()
    let events = recorded.withLock { list in
      defer { list.removeAll() }
      return list
    }
    var places: [String: Int] = [:]
    var entries: [ProfileEntry] = []
    for (name, event) in events {
      let time = try event.times().duration
      if let place = places[name] {
        entries[place].commands += 1
        entries[place].nanoseconds += time
      } else {
        places[name] = entries.count
        entries.append(ProfileEntry(name: name, commands: 1, nanoseconds: time))
      }
    }
    return entries
  }
}

/// The device time of all commands of one name.
public struct ProfileEntry: Sendable, Hashable {
  /// A kernel's name, or "read", "write", "fill" or "copy" with the buffer's label.
  public let name: String
  /// How often it ran.
  public internal(set) var commands: Int
  /// From start to end, summed.
  public internal(set) var nanoseconds: UInt64
}
