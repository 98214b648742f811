import Support

/// The settings of a server as a YAML file has them, by the names of the flags.
struct ServeSettings: StrictlyKeyed {
  var models: String?
  var name: String?
  var items: String?
  var itemKey: String?
  var host: String?
  var port: Int?
  var threads: Int?
  var maxBatch: Int?
  var maxDelay: Int?
  var maxQueue: Int?
  var maxRows: Int?
  var maxBody: Int?
  var maxConnections: Int?
  var timeout: Int?
  var fallback: Float?
  var watch: Double?
  var log: String?
  var logShare: Double?
  var logFileSize: String?
  var logFileAge: Double?
  var logQueue: Int?
  var logSync: Double?
  var tokenFile: String?
  var tlsCertificate: String?
  var tlsKey: String?
  var tlsClientCA: String?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case models, name, items, host, port, threads, timeout, fallback, watch, log
    case itemKey = "item_key"
    case maxBatch = "max_batch"
    case maxDelay = "max_delay"
    case maxQueue = "max_queue"
    case maxRows = "max_rows"
    case maxBody = "max_body"
    case maxConnections = "max_connections"
    case logShare = "log_share"
    case logFileSize = "log_file_size"
    case logFileAge = "log_file_age"
    case logQueue = "log_queue"
    case logSync = "log_sync"
    case tokenFile = "token_file"
    case tlsCertificate = "tls_certificate"
    case tlsKey = "tls_key"
    case tlsClientCA = "tls_client_ca"
  }

  static var knownKeys: [String: (any StrictlyKeyed.Type)?] {
    Dictionary(uniqueKeysWithValues: CodingKeys.allCases.map { ($0.rawValue, nil) })
  }
}
