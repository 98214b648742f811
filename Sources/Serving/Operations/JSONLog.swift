import Foundation
import Logging
import Support

/// What happens, a line of JSON each, on standard error.
package struct JSONLog: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel = Logger.Level.info

  package init() {}

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var line = [
      "time": Date().formatted(
        .iso8601.year().month().day().time(includingFractionalSeconds: true)),
      "level": event.level.rawValue, "message": "\(event.message)",
    ]
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) {
      line[key] = "\(value)"
    }
    guard let text = try? JSONText.line(line) else { return }
    StandardStream.error.write(text)
  }
}
