import NIOCore
import Support

/// How a server is reached, and what it puts up with.
package struct ServerOptions: Sendable {
  /// What the server says of itself.
  package var version = "0"
  package var host = "127.0.0.1"
  /// 0 for any that is free.
  package var port = 8080
  /// Threads that read and answer requests.
  package var threads = 1
  /// Connections at the same time; further ones are closed at once.
  package var connections = 1024
  /// How long a request may take to arrive, and a connection be without one.
  package var arrival = TimeAmount.seconds(15)
  package var idle = TimeAmount.seconds(75)
  /// How long a shutdown waits for requests under way.
  package var drain = TimeAmount.seconds(20)
  /// The most microseconds from arrival to answer where a request names none; nil for no bound.
  package var timeout: Int?
  /// What is answered in place of a model that is late or overloaded; nil for an error.
  package var fallback: Float?
  package var limits = RequestLimits()
  /// Files of a certificate chain and its key, and of the authority that clients' certificates are to be of.
  package var certificate: String?
  package var key: String?
  package var clientAuthority: String?
  /// A file of tokens, one a line, one of which each request must bring.
  package var tokenFile: String?

  package init() {}

  /// Refuses to be reached from elsewhere without knowing by whom.
  ///
  /// - Throws: `UserError`.
  package func check() throws {
    let isLocal = host == "localhost" || host == "::1" || host.hasPrefix("127.")
    guard isLocal || tokenFile != nil || clientAuthority != nil else {
      throw UserError(
        "host", found: host, expected: "a way to tell who asks, since others can reach it",
        remedy: "name a --token-file, or --tls-client-ca with a certificate, or stay with 127.0.0.1"
      )
    }
    guard (certificate == nil) == (key == nil) else {
      throw UserError(
        "TLS", found: "only one of certificate and key", expected: "both",
        remedy: "name --tls-certificate and --tls-key")
    }
    guard clientAuthority == nil || certificate != nil else {
      throw UserError(
        "TLS", found: "a clients' authority without a certificate", expected: "both",
        remedy: "name --tls-certificate and --tls-key too")
    }
  }
}
