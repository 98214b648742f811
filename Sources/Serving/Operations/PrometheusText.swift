import RequestLogs

/// Everything that is counted, in Prometheus' text format.
///
/// Written by hand: the format is lines of text, and the libraries for it that there are bring a registry that
/// knows nothing of models that come and go.
struct PrometheusText {
  private(set) var text = ""

  init(_ service: InferenceService) {
    let models = service.repository.loaded.map(\.model)
    let counts = models.map { ($0, $0.metrics.counts) }
    func labels(_ model: LoadedModel, _ more: String = "") -> String {
      "model=\"\(model.name)\",version=\"\(model.version)\"" + more
    }
    family("deepfm_connections", "gauge", "Open connections.")
    sample("deepfm_connections", "", Double(service.connections.value))
    family("deepfm_refused_total", "counter", "Requests that reached no model, by reason.")
    for (reason, count) in service.metrics.refusals.sorted(by: { $0.key.rawValue < $1.key.rawValue }
    ) {
      sample("deepfm_refused_total", "reason=\"\(reason.rawValue)\"", Double(count))
    }
    if let counts = service.observer?.counts { log(counts) }
    family("deepfm_requests_total", "counter", "Requests that a model answered.")
    for (model, counts) in counts {
      sample("deepfm_requests_total", labels(model), Double(counts.requests))
    }
    family("deepfm_rows_total", "counter", "Rows that were scored.")
    for (model, counts) in counts {
      sample("deepfm_rows_total", labels(model), Double(counts.rows))
    }
    family("deepfm_batches_total", "counter", "Batches that were computed.")
    for model in models {
      sample("deepfm_batches_total", labels(model), Double(model.batcher.executions))
    }
    family("deepfm_errors_total", "counter", "Requests without an answer of the model, by reason.")
    for (model, counts) in counts {
      for (reason, count) in counts.errors.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
        sample(
          "deepfm_errors_total", labels(model, ",reason=\"\(reason.rawValue)\""), Double(count))
      }
    }
    family("deepfm_fallbacks_total", "counter", "Errors in whose place the fallback was answered.")
    for (model, counts) in counts {
      sample("deepfm_fallbacks_total", labels(model), Double(counts.fallbacks))
    }
    family("deepfm_queue_rows", "gauge", "Rows that wait.")
    for model in models {
      sample("deepfm_queue_rows", labels(model), Double(model.batcher.waitingRows))
    }
    family("deepfm_latency_seconds", "histogram", "What requests took, by stage.")
    for (model, counts) in counts {
      for (stage, histogram) in zip(ModelMetrics.Stage.allCases, counts.stages) {
        buckets(
          "deepfm_latency_seconds", labels(model, ",stage=\"\(stage.rawValue)\""), histogram)
      }
    }
    family("deepfm_batch_rows", "histogram", "Rows that were computed together with a request's.")
    for (model, counts) in counts {
      buckets("deepfm_batch_rows", labels(model), counts.batchRows)
    }
    family("deepfm_score", "histogram", "Probabilities that were answered.")
    for (model, counts) in counts { buckets("deepfm_score", labels(model), counts.scores) }
    for (name, help, value) in [
      ("deepfm_unknown_values_total", "Values that training did not see, by field.", \.unknown),
      ("deepfm_missing_values_total", "Rows without a value, by field.", \.missing),
    ] as [(String, String, KeyPath<ModelMetrics.Counts, [UInt64]>)] {
      family(name, "counter", help)
      for (model, counts) in counts {
        for (field, count) in zip(model.metrics.fields, counts[keyPath: value]) {
          sample(name, labels(model, ",field=\"\(Self.escaped(field))\""), Double(count))
        }
      }
    }
    family(
      "deepfm_score_drift", "gauge",
      "Population stability index of the last scores against those of the run's test rows.")
    for model in models {
      if let index = model.drift?.index { sample("deepfm_score_drift", labels(model), index) }
    }
  }

  private mutating func log(_ counts: RequestLogCounts) {
    family("deepfm_log_lines_total", "counter", "Lines of the log that were written, by type.")
    sample("deepfm_log_lines_total", "type=\"scored\"", Double(counts.scored))
    sample("deepfm_log_lines_total", "type=\"feedback\"", Double(counts.feedback))
    family("deepfm_log_bytes_total", "counter", "Bytes of the log that were written.")
    sample("deepfm_log_bytes_total", "", Double(counts.bytes))
    family(
      "deepfm_log_lost_total", "counter",
      "Lines that were given up: no room to wait in, or not taken by the disk.")
    sample("deepfm_log_lost_total", "reason=\"queue\"", Double(counts.overflowed))
    sample("deepfm_log_lost_total", "reason=\"disk\"", Double(counts.failed))
    family("deepfm_log_waiting", "gauge", "Lines that wait to be written.")
    sample("deepfm_log_waiting", "", Double(counts.waiting))
  }

  private mutating func family(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  private mutating func sample(_ name: String, _ labels: String, _ value: Double) {
    let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    text += labels.isEmpty ? "\(name) \(number)\n" : "\(name){\(labels)} \(number)\n"
  }

  private mutating func buckets(_ name: String, _ labels: String, _ histogram: Histogram) {
    var below: UInt64 = 0
    for (index, count) in histogram.counts.enumerated() {
      below += count
      let bound = index < histogram.bounds.count ? "\(histogram.bounds[index])" : "+Inf"
      sample("\(name)_bucket", "\(labels),le=\"\(bound)\"", Double(below))
    }
    sample("\(name)_sum", labels, histogram.sum)
    sample("\(name)_count", labels, Double(below))
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
