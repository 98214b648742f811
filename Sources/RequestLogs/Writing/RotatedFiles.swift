import Foundation
import Glibc
import Support
import SystemPackage

/// The files of a log in a folder, one after the other: `TIME-PROCESS-NUMBER.jsonl`, so that their names are in the
/// order of time, and several servers may have one folder.
///
/// A line that could not be written whole is taken away again, so that only the last line of a file can be torn:
/// by the end of the process.
final class RotatedFiles: LogDestination {
  private let options: RequestLogOptions
  private var file: FileDescriptor?
  private var path = ""
  private var size = 0
  private var began = Date()
  private var number = 0
  private(set) var isSynchronized = true

  init(_ options: RequestLogOptions) throws {
    self.options = options
    do {
      try FileManager.default.createDirectory(
        atPath: options.folder, withIntermediateDirectories: true)
    } catch {
      throw UserError(
        options.folder, found: "no folder that can be made", expected: "a folder for the log",
        remedy: "check the folders around it and their permissions")
    }
    try checkWritable(options.folder + "/log")
  }

  deinit { try? file?.close() }

  func append(_ bytes: UnsafeRawBufferPointer) throws {
    if size >= options.fileSize || size > 0 && Date() >= began + options.fileAge {
      try close()
    }
    let file = try file ?? begin()
    do {
      _ = try file.writeAll(bytes)
      size += bytes.count
      isSynchronized = false
    } catch let reason as Errno {
      // What a full disk took of it goes; a file that cannot be mended is left with a torn end.
      if ftruncate(file.rawValue, off_t(size)) != 0
        || lseek(file.rawValue, off_t(size), SEEK_SET) < 0
      {
        try? close()
      }
      throw UserError.unwritable(path, reason)
    }
  }

  private func begin() throws -> FileDescriptor {
    number += 1
    let time = LogTime.text(LogTime.now).filter { $0.isNumber || $0 == "T" }
    path = "\(options.folder)/\(time)-\(getpid())-\(number).jsonl"
    let new = try explaining({ UserError.unwritable(path, $0) }) {
      try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: FilePermissions(rawValue: 0o640))
    }
    AtomicFile.synchronize(options.folder)
    (file, size, began) = (new, 0, Date())
    return new
  }

  func synchronize() throws {
    guard let file, !isSynchronized else { return }
    guard fdatasync(file.rawValue) == 0 else {
      throw UserError.unwritable(path, Errno(rawValue: errno))
    }
    isSynchronized = true
  }

  func close() throws {
    defer {
      try? file?.close()
      (file, size, isSynchronized) = (nil, 0, true)
    }
    try synchronize()
  }
}
