/// A program that did not compile: what the compiler says, and the line it means.
public struct BuildFailure: Sendable, CustomStringConvertible {
  /// The device whose compiler refused it.
  public let device: String
  /// The build options.
  public let options: String
  /// Everything the compiler said.
  public let log: String
  /// The first error's place and text, where the log names one of the sources.
  public let location: Location?

  /// A place in a source.
  public struct Location: Sendable, Hashable {
    /// The source's name.
    public let source: String
    /// The line's number, from 1.
    public let line: Int
    /// The line itself.
    public let text: String
  }

  init(device: String, options: String, log: String, sources: [Source]) {
    self.device = device
    self.options = options
    self.log = log
    location = Self.location(in: log, of: sources)
  }

  /// The first `name:line: … error` of the log (clang writes `name:line:column: error: …`).
  static func location(in log: String, of sources: [Source]) -> Location? {
    for message in log.split(separator: "\n") where message.contains("error") {
      for source in sources {
        guard let name = message.firstRange(of: "\(source.name):") else { continue }
        let digits = message[name.upperBound...].prefix { $0.isASCII && $0.isNumber }
        let lines = source.text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let line = Int(digits), (1...lines.count).contains(line) else { continue }
        return Location(source: source.name, line: line, text: String(lines[line - 1]))
      }
    }
    return nil
  }

  /// The place, the line, and the log.
  public var description: String {
    let place = location.map { " at \($0.source):\($0.line)\n  \($0.text)" } ?? ""
    return "OpenCL program did not compile on \(device) with \(options)\(place)\n\(log)"
  }
}
