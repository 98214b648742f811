import Foundation
import NIOHTTP1

/// What a request asks for.
enum Route: Hashable {
  case page, metrics, openAPI
  case server, live, ready
  case metadata(String, version: String?)
  case modelReady(String, version: String?)
  case config(String, version: String?)
  case statistics(String?, version: String?)
  case infer(String, version: String?)
  case predict(String, version: String?)
  case status(String, version: String?)
  case index
  case load(String)
  case unload(String)
  case rollBack(String)
  case feedback

  /// The method it wants.
  var method: HTTPMethod {
    switch self {
    case .infer, .predict, .index, .load, .unload, .rollBack, .feedback: .POST
    default: .GET
    }
  }

  /// Whether anybody may ask: probes have no token.
  var isOpen: Bool { self == .live || self == .ready }

  /// The route of a path; nil for none.
  init?(_ uri: String) {
    let path = uri.prefix { $0 != "?" && $0 != "#" }
    guard path.utf8.count <= 1024, path.first == "/" else { return nil }
    var parts: [String] = []
    for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      // Foundation takes as long for a plain name as all else of a small request does.
      let isPlain = !part.utf8.contains(UInt8(ascii: "%"))
      guard let text = isPlain ? String(part) : part.removingPercentEncoding else { return nil }
      parts.append(text)
    }
    // A slash at the end is passed over.
    if parts.count > 1, parts.last == "" { parts.removeLast() }
    switch parts.first {
    case "" where parts.count == 1: self = .page
    case "metrics" where parts.count == 1: self = .metrics
    case "openapi.json" where parts.count == 1: self = .openAPI
    case "feedback" where parts.count == 1: self = .feedback
    case "v1": self.init(version1: parts.dropFirst())
    case "v2": self.init(version2: Array(parts.dropFirst()))
    default: return nil
    }
  }

  private init?(version1 parts: ArraySlice<String>) {
    guard parts.first == "models" else { return nil }
    var rest = Array(parts.dropFirst())
    guard var last = rest.popLast() else { return nil }
    let isPredict = last.hasSuffix(":predict")
    if isPredict { last.removeLast(":predict".count) }
    rest.append(last)
    guard let (name, version, more) = Self.model(rest), more == nil else { return nil }
    self = isPredict ? .predict(name, version: version) : .status(name, version: version)
  }

  private init?(version2 parts: [String]) {
    switch (parts.first, parts.count) {
    case (nil, _): self = .server
    case ("health", 2) where parts[1] == "live": self = .live
    case ("health", 2) where parts[1] == "ready": self = .ready
    case ("repository", 2) where parts[1] == "index": self = .index
    case ("repository", 4) where parts[1] == "models":
      switch parts[3] {
      case "load": self = .load(parts[2])
      case "unload": self = .unload(parts[2])
      case "rollback": self = .rollBack(parts[2])
      default: return nil
      }
    case ("models", 2) where parts[1] == "stats": self = .statistics(nil, version: nil)
    case ("models", 2...):
      guard let (name, version, more) = Self.model(Array(parts.dropFirst())) else { return nil }
      switch more {
      case nil: self = .metadata(name, version: version)
      case "ready": self = .modelReady(name, version: version)
      case "config": self = .config(name, version: version)
      case "stats": self = .statistics(name, version: version)
      case "infer": self = .infer(name, version: version)
      default: return nil
      }
    default: return nil
    }
  }

  /// `NAME[/versions/VERSION][/MORE]`
  private static func model(_ parts: [String]) -> (String, version: String?, more: String?)? {
    guard let name = parts.first, !name.isEmpty else { return nil }
    if parts.count >= 3, parts[1] == "versions" {
      guard parts.count <= 4 else { return nil }
      return (name, parts[2], parts.count == 4 ? parts[3] : nil)
    }
    guard parts.count <= 2 else { return nil }
    return (name, nil, parts.count == 2 ? parts[1] : nil)
  }
}
