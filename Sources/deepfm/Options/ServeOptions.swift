import ArgumentParser
import DeepFMKit
import Foundation
import Logs
import NIOCore
import RequestLogs
import Serving
import Support

/// How a server is reached and what it puts up with; each of them may stand in a file, and a flag counts more.
struct ServeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A YAML file of these settings, as in max_batch: 512.", valueName: "file"),
    completion: .file())
  var config: String?

  @Option(
    help: ArgumentHelp(
      "A folder of models to serve, NAME/VERSION/model.deepfm, in place of a run.",
      valueName: "folder"), completion: .directory)
  var models: String?

  @Option(help: ArgumentHelp("What the run's model is called; its folder's name if not given."))
  var name: String?

  @Option(
    help: ArgumentHelp(
      "A log of items: requests name an item, and its other columns are taken from here.",
      valueName: "file"), completion: .file())
  var items: String?

  @Option(help: ArgumentHelp("The column of the items' ids; the first if not given."))
  var itemKey: String?

  @Option(
    help:
      "The address to listen at; others than this machine's want tokens or TLS. (default: 127.0.0.1)"
  )
  var host: String?

  @Option(help: "The port to listen at, 0 for any. (default: 8080)")
  var port: Int?

  @Option(help: "Threads that read and answer requests. (default: 1)")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "The most rows that are computed together. (default: 1024)", valueName: "rows"))
  var maxBatch: Int?

  @Option(
    help: ArgumentHelp(
      "How long a batch behind another one may wait to be filled. (default: 0)",
      discussion: "The first request at an idle device never waits.", valueName: "microseconds"))
  var maxDelay: Int?

  @Option(
    help: ArgumentHelp(
      "The most rows that may wait; further requests are refused at once. (default: 2048)",
      valueName: "rows"))
  var maxQueue: Int?

  @Option(help: ArgumentHelp("The most rows of a request. (default: 10000)", valueName: "rows"))
  var maxRows: Int?

  @Option(
    help: ArgumentHelp(
      "The most bytes of a request, unpacked. (default: 4194304)", valueName: "bytes"))
  var maxBody: Int?

  @Option(help: "The most connections at the same time. (default: 1024)")
  var maxConnections: Int?

  @Option(
    help: ArgumentHelp(
      "When a request that names no time of its own is given up.", valueName: "microseconds"))
  var timeout: Int?

  @Option(
    help: ArgumentHelp(
      "What is answered in place of a model that is late or overloaded, marked as such.",
      valueName: "probability"))
  var fallback: Float?

  @Option(
    help: ArgumentHelp(
      "A folder for a log of requests and feedback, to be joined and learned from.",
      valueName: "folder"), completion: .directory)
  var log: String?

  @Option(
    help: ArgumentHelp(
      "The share of the requests that is logged, by the hash of their ids. (default: 1)",
      valueName: "share"))
  var logShare: Double?

  @Option(
    help: ArgumentHelp(
      "The size after which the next file of the log is begun. (default: 256M)", valueName: "size"))
  var logFileSize: String?

  @Option(
    help: ArgumentHelp(
      "The time after which the next file of the log is begun. (default: 3600)",
      valueName: "seconds"))
  var logFileAge: Double?

  @Option(
    help: ArgumentHelp(
      "The most lines that wait to be written; a crash loses no more of them. (default: 4096)",
      valueName: "lines"))
  var logQueue: Int?

  @Option(
    help: ArgumentHelp(
      "How often the disk is made to keep the log through a power cut. (default: 1)",
      valueName: "seconds"))
  var logSync: Double?

  @Option(
    help: ArgumentHelp(
      "How often to look for new versions, 0 for never. (default: 5)", valueName: "seconds"))
  var watch: Double?

  @Option(
    help: ArgumentHelp(
      "A file of tokens, one a line; each request must bring one.", valueName: "file"),
    completion: .file())
  var tokenFile: String?

  @Option(
    help: ArgumentHelp("The certificate chain for TLS, in PEM.", valueName: "file"),
    completion: .file())
  var tlsCertificate: String?

  @Option(help: ArgumentHelp("Its key.", valueName: "file"), completion: .file())
  var tlsKey: String?

  @Option(
    name: .customLong("tls-client-ca"),
    help: ArgumentHelp("The authority that clients' certificates must be of.", valueName: "file"),
    completion: .file())
  var tlsClientCA: String?

  /// The settings of the file, and over them those of the flags.
  func settings() throws -> ServeSettings {
    var settings = ServeSettings()
    if let config {
      guard let text = try? String(contentsOfFile: config, encoding: .utf8) else {
        throw UserError(
          config, found: "no readable file", expected: "a server's settings in YAML",
          remedy: "check the path and its permissions")
      }
      settings = try StrictYAML.decode(from: text, name: config)
    }
    func take<Value>(_ flag: Value?, _ path: WritableKeyPath<ServeSettings, Value?>) {
      if let flag { settings[keyPath: path] = flag }
    }
    take(models, \.models)
    take(name, \.name)
    take(items, \.items)
    take(itemKey, \.itemKey)
    take(host, \.host)
    take(port, \.port)
    take(threads, \.threads)
    take(maxBatch, \.maxBatch)
    take(maxDelay, \.maxDelay)
    take(maxQueue, \.maxQueue)
    take(maxRows, \.maxRows)
    take(maxBody, \.maxBody)
    take(maxConnections, \.maxConnections)
    take(timeout, \.timeout)
    take(fallback, \.fallback)
    take(watch, \.watch)
    take(log, \.log)
    take(logShare, \.logShare)
    take(logFileSize, \.logFileSize)
    take(logFileAge, \.logFileAge)
    take(logQueue, \.logQueue)
    take(logSync, \.logSync)
    take(tokenFile, \.tokenFile)
    take(tlsCertificate, \.tlsCertificate)
    take(tlsKey, \.tlsKey)
    take(tlsClientCA, \.tlsClientCA)
    try settings.check(config ?? "serve")
    return settings
  }
}

extension ServeSettings {
  /// - Throws: `UserError` for a number that makes no sense.
  fileprivate func check(_ name: String) throws {
    func check(_ isRight: Bool, _ key: String, _ found: Any?, _ expected: String) throws {
      guard !isRight else { return }
      throw UserError(
        name, found: "\(key) \(found ?? "")", expected: expected, remedy: "correct it")
    }
    let counts: [(String, Int?, ClosedRange<Int>)] = [
      ("port", port, 0...65_535), ("threads", threads, 1...256),
      ("max_batch", maxBatch, 1...1_000_000), ("max_delay", maxDelay, 0...1_000_000),
      ("max_queue", maxQueue, 1...100_000_000), ("max_rows", maxRows, 1...1_000_000),
      ("max_body", maxBody, 1024...1 << 30), ("max_connections", maxConnections, 1...1_000_000),
      ("timeout", timeout, 1...3_600_000_000), ("log_queue", logQueue, 1...10_000_000),
    ]
    for (key, value, range) in counts {
      try check(
        value.map(range.contains) ?? true, key, value,
        "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    try check(
      fallback.map { (0...1).contains($0) } ?? true, "fallback", fallback,
      "a probability from 0 to 1")
    try check(
      logShare.map { $0 > 0 && $0 <= 1 } ?? true, "log_share", logShare,
      "a share above 0, at most 1")
    let size = logFileSize.map { VocabularyOptions.size($0) ?? 0 }
    try check(
      size.map { $0 >= 1 << 10 } ?? true, "log_file_size", logFileSize, "a size from 1K, as 256M")
    for (key, value) in [("log_file_age", logFileAge), ("log_sync", logSync)] {
      try check(value.map { $0 >= 0.01 && $0 < 1e7 } ?? true, key, value, "seconds from 0.01")
    }
    try check(watch.map { $0 >= 0 && $0 < 1e6 } ?? true, "watch", watch, "seconds from 0")
  }

  /// How the server is reached.
  var server: ServerOptions {
    var options = ServerOptions()
    options.version = DeepFMVersion.current
    options.host = host ?? options.host
    options.port = port ?? options.port
    options.threads = threads ?? options.threads
    options.connections = maxConnections ?? options.connections
    options.timeout = timeout
    options.fallback = fallback
    options.limits = limits
    (options.certificate, options.key) = (tlsCertificate, tlsKey)
    (options.clientAuthority, options.tokenFile) = (tlsClientCA, tokenFile)
    return options
  }

  /// How requests are logged; nil where they are not.
  var requestLog: RequestLogOptions? {
    guard let log else { return nil }
    var options = RequestLogOptions(folder: log)
    options.share = logShare ?? options.share
    options.fileSize = logFileSize.flatMap(VocabularyOptions.size) ?? options.fileSize
    options.fileAge = logFileAge ?? options.fileAge
    options.queue = logQueue ?? options.queue
    options.sync = logSync ?? options.sync
    return options
  }

  /// The most that a request may ask for.
  var limits: RequestLimits {
    var limits = RequestLimits()
    limits.rows = maxRows ?? limits.rows
    limits.body = maxBody ?? limits.body
    return limits
  }

  /// How requests are gathered.
  var batching: BatchingPolicy {
    var policy = BatchingPolicy()
    policy.maxBatch = maxBatch ?? policy.maxBatch
    policy.maxDelay = .microseconds(Int64(maxDelay ?? 0))
    policy.maxQueue = maxQueue ?? policy.maxQueue
    return policy
  }
}
