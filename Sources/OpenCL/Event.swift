import COpenCL

/// One command under way. May be used from any thread.
package final class Event: @unchecked Sendable {
  /// When a command was given, began and ended, in nanoseconds of the device's clock.
  package struct Times: Sendable, Hashable {
    /// When the host gave the command.
    package let queued: UInt64
    /// When the device began it.
    package let start: UInt64
    /// When the device was done with it.
    package let end: UInt64

    /// From start to end; 0 where a driver's clocks say that it ended before it began.
    package var duration: UInt64 { end > start ? end - start : 0 }
  }

  let handle: cl_event

  /// Takes over a handle that the caller owns, for instance from a library.
  package init(_ handle: cl_event) { self.handle = handle }

  deinit { clReleaseEvent(handle) }

  /// Waits for the command.
  ///
  /// - Throws: ``OpenCLError/call(_:_:detail:)`` if it failed.
  package func wait() throws {
    var handles: cl_event? = handle
    try check(clWaitForEvents(1, &handles), "clWaitForEvents")
  }

  /// Whether the command is over, well or not.
  package var isComplete: Bool {
    let status = try? information(cl_int(0), "clGetEventInfo") {
      clGetEventInfo(handle, cl_event_info(CL_EVENT_COMMAND_EXECUTION_STATUS), $0, $1, $2)
    }
    return (status ?? CL_COMPLETE) <= CL_COMPLETE
  }

  /// The times of a completed command.
  ///
  /// - Throws: `CL_PROFILING_INFO_NOT_AVAILABLE` unless the queue profiles and it is done.
  package func times() throws -> Times {
    func time(_ key: Int32) throws -> UInt64 {
      try information(cl_ulong(0), "clGetEventProfilingInfo") {
        clGetEventProfilingInfo(handle, cl_profiling_info(key), $0, $1, $2)
      }
    }
    return Times(
      queued: try time(CL_PROFILING_COMMAND_QUEUED), start: try time(CL_PROFILING_COMMAND_START),
      end: try time(CL_PROFILING_COMMAND_END))
  }
}
