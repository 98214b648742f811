// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions of deepfm.h have its names.

import CDeepFM
import DeepFMKit
import Glibc
import OpenCL
import Support

/// A failure as C has it.
final class Failure: @unchecked Sendable {
  // Sendable: never changed.
  let kind: Int32
  /// Its words, as long as it is.
  let message: UnsafeMutablePointer<CChar>?

  init(_ error: any Error) {
    kind =
      switch error {
      case is CancelledEarly: Int32(DEEPFM_ERROR_CANCELLED)
      case is OpenCLError, is RefusedDevice: Int32(DEEPFM_ERROR_DEVICE)
      default: Int32(DEEPFM_ERROR_INPUT)
      }
    message = strdup("\(error)")
  }

  deinit { Glibc.free(message) }
}

/// A training that was cancelled before an epoch was finished.
struct CancelledEarly: Error, CustomStringConvertible {
  var description: String {
    "cancelled before an epoch was finished: there is nothing to keep"
  }
}

/// A device that does not compute what the reference does.
struct RefusedDevice: Error, CustomStringConvertible {
  let reason: any Error
  var description: String { "\(reason)" }
}

/// Where a function of C leaves its error.
public typealias ErrorPlace = UnsafeMutablePointer<OpaquePointer?>

/// What `body` returns; where it throws, nil and an error at `place`.
func catching<Result>(_ place: ErrorPlace?, _ body: () throws -> Result) -> Result? {
  do {
    return try body()
  } catch {
    place?.pointee = handle(Failure(error))
    return nil
  }
}

@c @implementation
public func deepfm_error_kind(_ error: OpaquePointer?) -> Int32 {
  error.map { object(Failure.self, $0).kind } ?? 0
}

@c @implementation
public func deepfm_error_message(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
  error.flatMap { object(Failure.self, $0).message }.map { UnsafePointer($0) }
}

@c @implementation
public func deepfm_error_free(_ error: OpaquePointer?) { free(Failure.self, error) }
