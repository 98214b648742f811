import Foundation

extension StepProfile {
  /// The commands as a trace that `chrome://tracing` and ui.perfetto.dev show: one track for the
  /// host, with the time between a command's being given and its beginning, and one for the device.
  package func trace() throws -> String {
    let origin = commands.map(\.times.queued).min() ?? 0
    func microseconds(_ time: UInt64) -> Double { Double(time - origin) / 1e3 }
    var events = [
      Event(name: "thread_name", ph: "M", tid: 1, args: ["name": "device"]),
      Event(name: "thread_name", ph: "M", tid: 2, args: ["name": "sections"]),
    ]
    var open: (section: String, start: UInt64, end: UInt64)?
    func close() {
      guard let span = open else { return }
      events.append(
        Event(
          name: span.section, ph: "X", ts: microseconds(span.start),
          dur: microseconds(span.end) - microseconds(span.start), tid: 2, cat: "section"))
    }
    for command in commands {
      let times = command.times
      events.append(
        Event(
          name: command.name, ph: "X", ts: microseconds(times.start),
          dur: Double(times.duration) / 1e3, tid: 1, cat: "command",
          args: [
            "for": command.section,
            "waited": "\((times.start - min(times.queued, times.start)) / 1000) µs",
          ]))
      if let span = open, span.section == command.section {
        open?.end = times.end
      } else {
        close()
        open = (command.section, times.start, times.end)
      }
    }
    close()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Trace(traceEvents: events)), as: UTF8.self)
  }

  private struct Trace: Encodable {
    let traceEvents: [Event]
    var displayTimeUnit = "ms"
  }

  /// An event of the Trace Event Format.
  private struct Event: Encodable {
    var name: String
    var ph: String
    var ts = 0.0
    var dur: Double?
    var pid = 1
    var tid: Int
    var cat: String?
    var args: [String: String]?
  }
}
