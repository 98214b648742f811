// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The functions of deepfm.h have its names.

import CDeepFM
import DeepFMKit
import Glibc
import Support

/// Objects as C has them: addresses that keep what they stand for until it is freed.
func handle(_ object: some AnyObject) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

/// The object of a handle.
func object<Object: AnyObject>(_: Object.Type, _ handle: OpaquePointer) -> Object {
  Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).takeUnretainedValue()
}

/// Lets go of the object of a handle.
func free<Object: AnyObject>(_: Object.Type, _ handle: OpaquePointer?) {
  guard let handle else { return }
  Unmanaged<Object>.fromOpaque(UnsafeRawPointer(handle)).release()
}

/// A copy of a text, to be freed by `deepfm_free`.
func text(_ string: String) throws -> UnsafeMutablePointer<CChar> {
  guard let copy = strdup(string) else { throw OutOfMemory() }
  return copy
}

/// A copy of some bytes, to be freed by `deepfm_free`; never NULL.
func copy(_ bytes: UnsafeRawBufferPointer) throws -> UnsafeMutableRawPointer {
  guard let copy = malloc(max(bytes.count, 1)) else { throw OutOfMemory() }
  if let base = bytes.baseAddress { memcpy(copy, base, bytes.count) }
  return copy
}

/// No memory for what is to be returned.
struct OutOfMemory: Error, CustomStringConvertible {
  var description: String { "out of memory" }
}

/// A text that must be there.
func string(_ text: UnsafePointer<CChar>?, _ parameter: String) throws -> String {
  guard let text else { throw missing(parameter) }
  return String(cString: text)
}

/// An object that must be there.
func required<Object: AnyObject>(
  _ type: Object.Type, _ handle: OpaquePointer?, _ parameter: String
) throws -> Object {
  guard let handle else { throw missing(parameter) }
  return object(type, handle)
}

private func missing(_ parameter: String) -> UserError {
  UserError(parameter, found: "NULL", expected: "a value", remedy: "give one")
}

@c @implementation
public func deepfm_free(_ memory: UnsafeMutableRawPointer?) { Glibc.free(memory) }
