import Foundation
import Support

extension InferenceService {
  /// What the server and its models are like.
  ///
  /// - Throws: ``RequestError`` for a model or a version that is not there.
  func describe(_ route: Route) throws -> Answer {
    switch route {
    case .live: return Answer(#"{"live":true}"#)
    case .ready:
      guard repository.isReady, !isDraining else {
        throw RequestError(
          .serviceUnavailable, .unavailable,
          isDraining ? "the server is about to end" : "not every model is loaded")
      }
      return Answer(#"{"ready":true}"#)
    case .server: return try json(ServerMetadata(version: options.version))
    case .metadata(let name, let version):
      let model = try model(name, version)
      let versions = repository.loaded.filter { $0.model.name == name }.map(\.model.version)
      return try json(ModelMetadata(model, versions: versions))
    case .modelReady(let name, let version):
      let model = try model(name, version)
      return Answer(
        try JSONText.line(["name": model.name, "version": model.version, "ready": "true"]))
    case .config(let name, let version):
      return try json(
        ModelConfig(model(name, version), rows: options.limits.rows, delay: 0))
    case .statistics(let name, let version):
      let all = repository.loaded.map(\.model).filter {
        (name ?? $0.name) == $0.name && (version ?? $0.version) == $0.version
      }
      if let name { _ = try model(name, version) }
      return try json(["model_stats": all.map { ModelStatistics($0) }])
    case .status(let name, let version):
      let model = try model(name, version)
      return try json([
        "model_version_status": [VersionStatus(version: model.version, state: "AVAILABLE")]
      ])
    case .index: return try json(repository.index)
    case .metrics:
      return Answer(
        PrometheusText(self).text, type: "text/plain; version=0.0.4; charset=utf-8")
    case .openAPI: return Answer(OpenAPI(repository, version: options.version).text)
    case .page:
      var answer = Answer(StatusPage(self).text, type: "text/html; charset=utf-8")
      answer.headers.append(
        (
          "Content-Security-Policy",
          "default-src 'none'; style-src 'unsafe-inline'; "
            + "script-src 'unsafe-inline'; connect-src 'self'"
        ))
      return answer
    case .infer, .predict, .load, .unload, .rollBack, .feedback:
      throw RequestError(.methodNotAllowed, .malformed, "found GET, expected POST")
    }
  }

  private func model(_ name: String, _ version: String?) throws -> LoadedModel {
    try repository.route(name, version: version) { "" }.model
  }

  private func json(_ value: some Encodable) throws -> Answer {
    Answer(try JSONText.results(value))
  }
}

/// The server as the protocol describes it.
private struct ServerMetadata: Encodable {
  let name = "deepfm"
  let version: String
  let extensions = [
    "binary_tensor_data", "model_configuration", "model_repository",
    "model_repository(unload_dependents)", "statistics",
  ]
}

/// A version as TensorFlow Serving tells its state.
private struct VersionStatus: Encodable {
  struct Status: Encodable {
    let errorCode = "OK"
    let errorMessage = ""
  }
  let version: String
  let state: String
  let status = Status()
}
