import Foundation
import Logging
import Logs
import NIOCore
import Operators
import ServiceLifecycle
import Serving
import Support
import Training

/// The server of the market's models, in this process at a port of its own, and a client of it.
final class MarketServer {
  let folder: String
  let client: ScoringClient
  private let group: ServiceGroup
  private let task: Task<Void, any Error>

  /// Begins to serve what is to come: models are loaded by ``take(_:version:truth:day:)``.
  ///
  /// - Parameters:
  ///   - folder: where models are, `NAME/VERSION/model.deepfm`, and the table of items.
  ///   - options: how the server is reached; its port is any that is free.
  init(
    folder: String, options: ServerOptions = ServerOptions(),
    makeBackend: @escaping @Sendable () throws -> any Backend
  ) throws {
    self.folder = folder
    let logger = Logger(label: "market") { _ in SwiftLogNoOpLogHandler() }
    var loader = ModelLoader(makeBackend: makeBackend)
    loader.items = (.file("\(folder)/items.csv"), MarketColumn.item.name)
    let repository = ModelRepository(.folder(folder), loader: loader, logger: logger)
    var options = options
    options.port = 0
    let service = try InferenceService(repository, options, logger: logger)
    let server = try blocking { [options] in try await HTTPServer(service, options) }
    let group = ServiceGroup(services: [server], logger: logger)
    self.group = group
    client = try ScoringClient(port: server.address.port!)
    task = Task { try await group.run() }
  }

  /// Puts a version into service while the server runs, with the items of a day.
  func take(_ model: String, version: Int, truth: MarketTruth, day: Int) throws {
    var table = MarketColumn.ofItem.map(\.name).joined(separator: ",") + "\n"
    for number in truth.catalogue(on: day) {
      table +=
        zip(MarketColumn.ofItem, truth.items[number].values).map { $0.text($1) }
        .joined(separator: ",") + "\n"
    }
    try AtomicFile.write(table, to: "\(folder)/items.csv")
    try client.ask(
      "/v2/repository/models/\(model)/load", count: 1,
      body: { _ in "{\"parameters\":{\"version\":\"\(version)\"}}" }, answer: { _, _ in })
  }

  func stop() throws {
    let (group, task) = (group, task)
    try blocking {
      await group.triggerGracefulShutdown()
      try await task.value
    }
    try client.close()
  }
}
