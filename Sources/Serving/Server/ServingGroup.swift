import Dispatch
import Foundation
import Logging
import NIOCore
import ServiceLifecycle

/// The server with what goes on beside it: the watch for new versions, and signals.
package struct ServingGroup: Sendable {
  private let inference: InferenceService
  private let options: ServerOptions
  private let watch: Double
  private let logger: Logger

  /// - Parameter watch: seconds between two looks for new versions; 0 for none.
  package init(
    _ inference: InferenceService, _ options: ServerOptions, watch: Double, logger: Logger
  ) {
    (self.inference, self.options, self.watch, self.logger) = (inference, options, watch, logger)
  }

  /// Serves until SIGTERM or SIGINT; requests under way then finish. SIGHUP looks for what is new.
  ///
  /// - Parameter ready: called with the address once requests are taken.
  package func run(_ ready: (String) -> Void) async throws {
    let server = try await HTTPServer(inference, options)
    let address = server.address
    let host = address.ipAddress ?? options.host
    ready(
      "\(options.certificate == nil ? "http" : "https")://"
        + (host.contains(":") ? "[\(host)]" : host) + ":\(address.port ?? 0)")
    signal(SIGHUP, SIG_IGN)
    let hangUp = DispatchSource.makeSignalSource(signal: SIGHUP, queue: .global())
    hangUp.setEventHandler { [inference] in inference.reload() }
    hangUp.resume()
    defer { hangUp.cancel() }
    var services: [any Service] = [server]
    if watch > 0 { services.insert(VersionWatch(inference, seconds: watch), at: 0) }
    let group = ServiceGroup(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    try await group.run()
    logger.info("ended", metadata: ["requests": "\(inference.answeredRequests)"])
  }
}

/// Looks for new versions from time to time.
private struct VersionWatch: Service {
  let inference: InferenceService
  let seconds: Double

  init(_ inference: InferenceService, seconds: Double) {
    (self.inference, self.seconds) = (inference, seconds)
  }

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(seconds))
        // Loading takes its time, and must not hold one of the threads that tasks share.
        await withCheckedContinuation { continuation in
          inference.deployments.async {
            inference.repository.scan()
            continuation.resume()
          }
        }
      }
    }
  }
}

extension InferenceService {
  /// How many requests the versions in memory have answered.
  var answeredRequests: UInt64 {
    repository.loaded.reduce(0) { $0 + $1.model.metrics.counts.requests }
  }
}
