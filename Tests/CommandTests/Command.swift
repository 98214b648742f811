import Foundation

/// The built `deepfm`, run as a user runs it.
struct Command {
  /// What a run printed and how it ended.
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// Runs `deepfm` in `folder` and waits for it.
  @discardableResult
  static func run(_ arguments: String..., in folder: URL) throws -> Result {
    try run(arguments, in: folder)
  }

  /// Runs `deepfm` in `folder` and waits for it.
  ///
  /// - Parameter input: what comes through a pipe; at most 64 KiB.
  @discardableResult
  static func run(
    _ arguments: [String], in folder: URL, input: String? = nil
  ) throws -> Result {
    let process = try start(arguments, in: folder, input: input)
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus,
      output: try String(contentsOf: folder.appending(path: ".stdout"), encoding: .utf8),
      errors: try String(contentsOf: folder.appending(path: ".stderr"), encoding: .utf8))
  }

  /// Starts `deepfm` in `folder`; its output goes to files there, so that no pipe can fill up.
  static func start(
    _ arguments: [String], in folder: URL, input: String? = nil
  ) throws -> Process {
    let pipe = Pipe()
    if let input {
      pipe.fileHandleForWriting.write(Data(input.utf8))
      try pipe.fileHandleForWriting.close()
    }
    return try start(arguments, in: folder, from: input == nil ? FileHandle.nullDevice : pipe)
  }

  /// Starts `deepfm` in `folder` with a pipe that is still to be written.
  static func startWithPipe(
    _ arguments: [String], in folder: URL
  ) throws -> (Process, input: FileHandle) {
    let pipe = Pipe()
    return (try start(arguments, in: folder, from: pipe), pipe.fileHandleForWriting)
  }

  private static func start(
    _ arguments: [String], in folder: URL, from input: Any
  ) throws -> Process {
    let process = Process()
    process.executableURL = binary
    process.arguments = arguments
    process.currentDirectoryURL = folder
    // Help breaks its lines alike on every terminal.
    process.environment = ProcessInfo.processInfo.environment.merging(["COLUMNS": "80"]) { $1 }
    process.standardInput = input
    for (name, path) in [(".stdout", \Process.standardOutput), (".stderr", \.standardError)] {
      let url = folder.appending(path: name)
      try Data().write(to: url)
      process[keyPath: path] = try FileHandle(forWritingTo: url)
    }
    try process.run()
    return process
  }

  /// Runs a script of bash in `folder`, for what only a shell can set up: pipes, full disks, signals. The
  /// command is `$deepfm` there.
  @discardableResult
  static func shell(_ script: String, in folder: URL) throws -> Result {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", script]
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(["deepfm": binary.path]) {
      $1
    }
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (folder.appending(path: ".stdout"), folder.appending(path: ".stderr"))
    for url in [output, errors] { try Data().write(to: url) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  /// The command lies beside the test runner.
  private static let binary = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "deepfm")
}

/// A folder of its own for a test, removed afterwards.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(
    path: "deepfm-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// The files of a folder, for tests that all begin with the same.
struct Files {
  private let contents: [String: Data]

  /// Those that `make` leaves in a new folder.
  init(_ make: (URL) throws -> Void) throws {
    contents = try withFolder { folder in
      try make(folder)
      var contents: [String: Data] = [:]
      for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
        let url = folder.appending(path: path)
        let kind = try FileManager.default.attributesOfItem(atPath: url.path)[.type]
        guard kind as? FileAttributeType == .typeRegular, !path.hasPrefix(".") else { continue }
        contents[path] = try Data(contentsOf: url)
      }
      return contents
    }
  }

  /// Runs `body` in a new folder that has them.
  func inFolder(_ body: (URL) throws -> Void) throws {
    try withFolder { folder in
      for (path, data) in contents {
        let url = folder.appending(path: path)
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: url)
      }
      try body(folder)
    }
  }
}
