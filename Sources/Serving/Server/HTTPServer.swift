import Logging
import NIOCore
import NIOExtras
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Support
import Synchronization

/// Listens, and hands connections to a service until it is asked to stop: then it takes no more, lets those
/// under way finish, and ends.
package struct HTTPServer: Service {
  private let inference: InferenceService
  private let options: ServerOptions
  private let group: MultiThreadedEventLoopGroup
  private let quiescing: ServerQuiescingHelper
  private let channel: any Channel

  /// Where it listens.
  package var address: SocketAddress { channel.localAddress! }

  /// Begins to listen.
  ///
  /// - Throws: `UserError` for a certificate that cannot be read, or an address that cannot be taken.
  package init(_ inference: InferenceService, _ options: ServerOptions) async throws {
    try options.check()
    (self.inference, self.options) = (inference, options)
    let group = MultiThreadedEventLoopGroup(numberOfThreads: options.threads)
    let quiescing = ServerQuiescingHelper(group: group)
    (self.group, self.quiescing) = (group, quiescing)
    let tls = try Self.tls(options)
    do {
      channel = try await ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 512)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .serverChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
              quiescing.makeServerChannelHandler(channel: channel))
          }
        }
        .childChannelInitializer { channel in
          guard inference.connections.value < options.connections else {
            return channel.close().flatMapThrowing { throw ChannelError.eof }
          }
          return channel.eventLoop.makeCompletedFuture {
            try Self.configure(channel, inference, options, tls)
          }
        }
        .bind(host: options.host, port: options.port).get()
    } catch {
      try? await group.shutdownGracefully()
      throw UserError(
        "\(options.host):\(options.port)", found: "\(error)", expected: "an address to listen at",
        remedy: "choose another --port or --host")
    }
  }

  private static func configure(
    _ channel: any Channel, _ inference: InferenceService, _ options: ServerOptions,
    _ tls: NIOSSLContext?
  ) throws {
    let pipeline = channel.pipeline.syncOperations
    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = 16 << 10
    limits.maxHeaderListSize = 32 << 10
    limits.maxHeaderFieldCount = 100
    try pipeline.configureHTTPServerPipeline(
      withEncoderConfiguration: HTTPResponseEncoder.Configuration(),
      withDecoderLimitConfiguration: limits)
    try pipeline.addHandler(ContinueHandler())
    try pipeline.addHandler(
      NIOHTTPRequestDecompressor(limit: .size(options.limits.body)))
    try pipeline.addHandler(
      HTTPResponseCompressor { head, _ in
        // Short answers are longer when packed.
        let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        return length < 1024 ? .doNotCompress : .compressIfPossible
      })
    try pipeline.addHandler(RequestHandler(inference, options))
  }

  private static func tls(_ options: ServerOptions) throws -> NIOSSLContext? {
    guard let certificate = options.certificate, let key = options.key else { return nil }
    do {
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
      configuration.minimumTLSVersion = .tlsv12
      if let authority = options.clientAuthority {
        configuration.trustRoots = .file(authority)
        configuration.certificateVerification = .noHostnameVerification
      }
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw UserError(
        certificate, found: "\(error)", expected: "a certificate, its key and an authority in PEM",
        remedy: "check the files and their permissions")
    }
  }

  /// Serves until the task is shut down gracefully.
  package func run() async throws {
    let (group, quiescing, drain) = (group, quiescing, options.drain)
    let done = group.any().makePromise(of: Void.self)
    try await withGracefulShutdownHandler {
      try await channel.closeFuture.get()
      try? await done.futureResult.get()
    } onGracefulShutdown: {
      inference.drain()
      // What is under way has a while to finish.
      group.any().scheduleTask(in: drain) { done.succeed() }
      let quiet = group.any().makePromise(of: Void.self)
      quiet.futureResult.whenComplete { _ in done.succeed() }
      quiescing.initiateShutdown(promise: quiet)
    }
    // When it is given up it turns to its event loop, which must not have ended: it stays with the process.
    _ = Unmanaged.passRetained(quiescing)
    try await group.shutdownGracefully()
  }
}
