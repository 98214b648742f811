import Foundation
import NIOHTTP1
import Support
import Synchronization

/// The tokens that requests may bring, as `Authorization: Bearer TOKEN`.
final class Authorization: Sendable {
  private let path: String?
  private let tokens = Mutex<[[UInt8]]>([])

  /// - Parameter path: a file of tokens, one a line; nil where none is asked for.
  init(_ path: String?) throws {
    self.path = path
    try reload()
  }

  /// Reads the file anew: tokens come and go without a restart.
  func reload() throws {
    guard let path else { return }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw UserError(
        path, found: "no readable file", expected: "a file of tokens",
        remedy: "check the path and its permissions")
    }
    var read: [[UInt8]] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let token = Array(line.utf8.filter { $0 > 0x20 })
      if let first = token.first, first != UInt8(ascii: "#") { read.append(token) }
    }
    guard let shortest = read.map(\.count).min(), shortest >= 16 else {
      throw UserError(
        path, found: read.isEmpty ? "no token" : "a token of fewer than 16 characters",
        expected: "a token a line, none shorter than 16 characters",
        remedy: "make one: head -c 32 /dev/urandom | base64")
    }
    tokens.withLock { $0 = read }
  }

  /// Whether a request brings one of them; takes as long for a wrong token whatever its beginning.
  func allows(_ headers: HTTPHeaders) -> Bool {
    guard path != nil else { return true }
    guard let header = headers.first(name: "authorization"),
      header.lowercased().hasPrefix("bearer ")
    else { return false }
    let given = Array(header.utf8.dropFirst(7).filter { $0 > 0x20 })
    return tokens.withLock { tokens in
      tokens.reduce(false) { found, token in
        var difference = UInt8(truncatingIfNeeded: given.count == token.count ? 0 : 1)
        for (place, byte) in token.enumerated() {
          difference |= byte ^ (place < given.count ? given[place] : ~byte)
        }
        return difference == 0 || found
      }
    }
  }
}
