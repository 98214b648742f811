import ArgumentParser
import DeepFMKit
import Foundation
import Logging
import Logs
import RequestLogs
import Serving
import Support

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Answers requests for click probabilities over HTTP.",
    discussion: """
      Serves a run, or a folder of models with their versions, by the Open Inference Protocol (version 2, JSON \
      and binary tensors) and by rows of named values:

        deepfm serve runs/first
        curl 127.0.0.1:8080/v1/models/first:predict -d '{"instances": [{"user": "7", "item": "31"}]}'

      New versions are taken up while requests go on. SIGTERM lets those under way finish; SIGHUP looks for \
      new versions and tokens. docs/serving.md tells more.
      """)

  @Argument(
    help: ArgumentHelp("A run folder, or the model file in it.", valueName: "model"),
    completion: .file())
  var model: String?

  @OptionGroup var options: ServeOptions
  @OptionGroup var device: DeviceOptions
  @OptionGroup var trust: TrustOptions

  func run() throws {
    let settings = try options.settings()
    Self.useOneCore()
    let server = settings.server
    try server.check()
    let logger = Logger(label: "deepfm", factory: { _ in JSONLog() })
    let (device, trust) = (device, trust)
    var loader = ModelLoader(
      makeBackend: { try device.backend() },
      check: { try trust.check($0, device, $1, Console()) })
    loader.batching = settings.batching
    loader.limits = settings.limits
    if let items = settings.items { loader.items = (.file(items), settings.itemKey) }
    let log = try settings.requestLog.map {
      try RequestLog($0) { logger.error("request log", metadata: ["reason": "\($0)"]) }
    }
    loader.keepsItemTexts = log != nil
    let repository = ModelRepository(try source(settings), loader: loader, logger: logger)
    let failures = repository.scan()
    if let first = failures.first { throw first }
    let service = try InferenceService(repository, server, observer: log, logger: logger)
    defer { log?.close() }
    try blocking {
      try await ServingGroup(service, server, watch: settings.watch ?? 5, logger: logger)
        .run { address in print("listening at \(address)") }
    }
  }

  /// With one core pocl's device without threads is taken first: it computes on the thread that asks, where the other
  /// would wake one of its own for every kernel. What a user has set stays; names that a pocl does not have, it
  /// passes over: they have changed with version 4.
  private static func useOneCore() {
    let environment = ProcessInfo.processInfo.environment
    let bounds = ["POCL_MAX_PTHREAD_COUNT", "POCL_CPU_MAX_CU_COUNT"].map { environment[$0] }
    guard Processors.count == 1 || bounds.contains("1") else { return }
    setenv("POCL_DEVICES", "basic cpu-minimal pthread cpu", 0)
  }

  /// What is to be served.
  private func source(_ settings: ServeSettings) throws -> ModelSource {
    switch (model, settings.models) {
    case (let model?, nil):
      let path = modelFile(model)
      guard FileManager.default.fileExists(atPath: path) else {
        throw UserError(
          path, found: "no such file", expected: "a model file",
          remedy: "check the path and its permissions")
      }
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().lastPathComponent
      let name =
        settings.name
        ?? String(
          folder.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" }
        )
      guard ModelSource.isName(name) else {
        throw UserError(
          "name", found: quoted(name), expected: "letters, digits, '.', '_' and '-'",
          remedy: "choose another --name")
      }
      return .run(path: path, name: name)
    case (nil, let folder?):
      guard !ModelSource.folder(folder).names.isEmpty else {
        throw UserError(
          folder, found: "no model", expected: "NAME/VERSION/model.deepfm, versions as numbers",
          remedy: "copy a run folder there: cp -r runs/first \(folder)/clicks/1")
      }
      return .folder(folder)
    case (nil, nil), (.some, .some):
      throw ValidationError("name a run to serve, or a folder of models by --models")
    }
  }
}
