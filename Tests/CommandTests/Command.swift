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
  @discardableResult
  ///
  /// - Parameter input: what comes through a pipe; at most 64 KiB.
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
    process.standardInput = input
    for (name, path) in [(".stdout", \Process.standardOutput), (".stderr", \.standardError)] {
      let url = folder.appending(path: name)
      try Data().write(to: url)
      process[keyPath: path] = try FileHandle(forWritingTo: url)
    }
    try process.run()
    return process
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
