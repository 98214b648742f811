import Examples
import Glibc
import Logs
import Support
import Yams

extension Schema {
  /// Reads a schema from a YAML file.
  /// - Throws: `UserError` with line and column of what is wrong.
  public init(file path: String) throws {
    let bytes = try LogSource.file(path).contents()
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw UserError(
        path, found: "bytes that are not UTF-8", expected: "a schema in YAML",
        remedy: "check the path")
    }
    try self.init(yaml: text, name: path)
  }

  /// Reads a schema from a YAML file, or where there is none of that name a ready one.
  ///
  /// - Parameter name: a path, or the name of a `ReadySchema`.
  /// - Throws: `UserError` with line and column of what is wrong.
  public init(named name: String) throws {
    if access(name, F_OK) != 0, let ready = ReadySchema(rawValue: name) {
      try self.init(yaml: ready.yaml, name: name)
      return
    }
    do {
      try self.init(file: name)
    } catch var error as UserError where access(name, F_OK) != 0 {
      let names = ReadySchema.allCases.map(\.rawValue)
      error.remedy = suggestion(
        for: name, among: names,
        otherwise: "check the path, or take a ready schema: \(listed(names)), or infer")
      throw error
    }
  }

  /// Reads a schema from YAML.
  /// - Parameter name: what errors call the text.
  /// - Throws: `UserError` with line and column of what is wrong.
  public init(yaml text: String, name: String = "schema") throws {
    self = try StrictYAML.decode(from: text, name: name)
    do {
      try validate()
    } catch {
      throw try compose(yaml: text).map { StrictYAML.locate(error, in: $0, name) }
        ?? error.error(in: name)
    }
  }

  /// The schema as YAML, which ``init(yaml:name:)`` reads back as an equal one.
  public func yaml() throws -> String {
    let encoder = YAMLEncoder()
    encoder.options.indent = 2
    return try encoder.encode(self)
  }
}
