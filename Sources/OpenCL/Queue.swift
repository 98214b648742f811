import COpenCL
import Synchronization

/// A device's commands, carried out one after the other. May be used from any thread.
///
/// Commands are only noted when they are given; ``finish()`` and blocking reads wait for them.
package final class Queue: Sendable {
  /// The handle, for libraries that speak OpenCL themselves; valid while the queue lives.
  package nonisolated(unsafe) let handle: cl_command_queue
  /// What the queue's device and memory belong to.
  package let context: Context
  /// Whether each command's times are kept for ``commands()``; costs time on some drivers.
  package let profiling: Bool

  private let pending = Mutex<[Pending]>([])
  private let recording = Mutex(Recording())

  /// The commands given so far, and the section that those to come belong to.
  private struct Recording: Sendable {
    var section = ""
    var commands: [(section: String, name: String, event: Event)] = []
  }

  /// Host memory that a transfer under way still reads or writes.
  private struct Pending: Sendable {
    let event: Event
    let memory: any Sendable
  }

  /// - Throws: ``OpenCLError/call(_:_:detail:)``.
  package init(_ context: Context, profiling: Bool = false) throws {
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
  package func finish() throws {
    try check(clFinish(handle), "clFinish", context.device.name)
    pending.withLock { $0.removeAll() }
  }

  /// Hands the commands given so far to the device without waiting for them.
  package func flush() throws {
    try check(clFlush(handle), "clFlush", context.device.name)
  }

  /// An event that is complete when every command given so far is.
  package func marker() throws -> Event {
    var event: cl_event?
    try check(
      clEnqueueMarkerWithWaitList(handle, 0, nil, &event), "clEnqueueMarkerWithWaitList")
    return Event(event!)
  }

  /// Lets the commands to come wait for another queue's event.
  package func wait(for event: Event) throws {
    var handles: cl_event? = event.handle
    try check(
      clEnqueueBarrierWithWaitList(handle, 1, &handles, nil), "clEnqueueBarrierWithWaitList")
  }

  /// Gives a command, and keeps its event where the queue profiles.
  func enqueue(
    _ call: String, _ name: @autoclosure () -> String,
    _ command: (UnsafeMutablePointer<cl_event?>?) -> Int32
  ) throws {
    guard profiling else { return try check(command(nil), call, name()) }
    var event: cl_event?
    try check(command(&event), call, name())
    record(Event(event!), as: name())
  }

  /// Gives a transfer from or to `memory`, which stays alive until it is done.
  func transfer(
    _ call: String, _ name: @autoclosure () -> String, keeping memory: any Sendable,
    _ command: (UnsafeMutablePointer<cl_event?>?) -> Int32
  ) throws -> Event {
    var handle: cl_event?
    try check(command(&handle), call, name())
    let event = Event(handle!)
    keep(memory, until: event)
    if profiling { record(event, as: name()) }
    return event
  }

  /// Keeps something alive until every command given so far is done.
  package func keepAlive(_ memory: any Sendable) throws {
    keep(memory, until: try marker())
  }

  private func keep(_ memory: any Sendable, until event: Event) {
    pending.withLock { list in
      // The first to be given is the first to be done.
      let done = list.firstIndex { !$0.event.isComplete } ?? list.count
      list.removeFirst(done)
      list.append(Pending(event: event, memory: memory))
    }
  }

  /// Adds a library's command to the profile.
  package func record(_ event: Event, as name: String) {
    recording.withLock { $0.commands.append(($0.section, name, event)) }
  }

  /// Names what the commands to come are for, until the next name.
  package func begin(section: String) {
    recording.withLock { $0.section = section }
  }

  /// Waits for all commands and returns those since the last call, in the order they were given.
  /// Empty unless the queue profiles.
  package func commands() throws -> [Command] {
    try finish()
    let given = recording.withLock { recording in
      defer { recording.commands.removeAll() }
      return recording.commands
    }
    return try given.map {
      Command(section: $0.section, name: $0.name, times: try $0.event.times())
    }
  }
}

/// A command that is done, with its times.
package struct Command: Sendable, Hashable {
  /// What it was for, as given to ``Queue/begin(section:)``.
  package let section: String
  /// A kernel's name, or "read", "write", "fill" or "copy" with the buffer's label.
  package let name: String
  /// When it was given, began and ended.
  package let times: Event.Times
}
