import Foundation
import Protobuf
import Support

/// A file of TensorBoard's events, readable while it grows.
///
/// Each record is its length in 8 bytes, the masked CRC-32C of these, the event's message, and the masked CRC-32C
/// of that, all little-endian.
final class EventFile {
  /// The file's name.
  let name: String
  private let file: AppendFile

  /// Goes on with a file.
  ///
  /// - Throws: `UserError` where it does not hold what the state says.
  init(in folder: String, _ name: String, from state: AppendFile.State) throws {
    self.name = name
    file = try AppendFile("\(folder)/\(name)", from: state)
  }

  /// What it holds.
  var state: AppendFile.State { file.state }

  /// - Parameters:
  ///   - folder: where; the file's name has the time in it, as TensorBoard's own have.
  ///   - time: of the first event.
  /// - Throws: `UserError` where it cannot be written.
  init(in folder: String, at time: Date) throws {
    name = "events.out.tfevents.\(Int(time.timeIntervalSince1970)).deepfm"
    file = try AppendFile("\(folder)/\(name)", from: AppendFile.State())
    var event = Event(time, step: 0)
    event.message.add(3, "brain.Event:2")
    try append(event)
  }

  /// Appends an event.
  func append(_ event: Event) throws {
    let data = event.message.bytes
    let length = ProtobufMessage.littleEndian(UInt64(data.count))
    func masked(_ bytes: [UInt8]) -> [UInt8] {
      let sum = CRC32C.checksum(of: bytes)
      return ProtobufMessage.littleEndian((sum >> 15 | sum << 17) &+ 0xA282_EAD8)
    }
    try (length + masked(length) + data + masked(data)).withUnsafeBytes(file.append)
  }
}

/// What happened at a step.
struct Event {
  var message = ProtobufMessage()

  init(_ time: Date, step: Int) {
    message.add(1, double: time.timeIntervalSince1970)
    message.add(2, Int64(step))
  }

  /// An event with values.
  init(_ time: Date, step: Int, _ values: [ProtobufMessage]) {
    self.init(time, step: step)
    var summary = ProtobufMessage()
    for value in values { summary.add(1, value) }
    message.add(5, summary)
  }

  /// A number by its name.
  static func scalar(_ tag: String, _ number: Double) -> ProtobufMessage {
    var value = ProtobufMessage()
    value.add(1, tag)
    value.add(2, float: Float(number))
    return value
  }
}

/// CRC-32 with Castagnoli's polynomial, a byte at a time: there is little to sum up here.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    var rest = UInt32(byte)
    for _ in 0..<8 { rest = rest & 1 == 1 ? (rest >> 1) ^ 0x82F6_3B78 : rest >> 1 }
    return rest
  }

  static func checksum(of bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes { sum = (sum >> 8) ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
    return ~sum
  }
}
