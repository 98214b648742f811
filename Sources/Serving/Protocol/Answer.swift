import NIOCore
import NIOHTTP1

/// What a client is told.
struct Answer {
  var status = HTTPResponseStatus.ok
  var type = "application/json"
  var headers: [(String, String)] = []
  var body = ByteBuffer()

  /// The answer to a request that gets none.
  init(_ error: RequestError) {
    status = error.status
    if let seconds = error.retryAfter { headers.append(("Retry-After", "\(seconds)")) }
    if let allowed = error.allowed { headers.append(("Allow", allowed)) }
    if error.status == .unauthorized { headers.append(("WWW-Authenticate", "Bearer")) }
    body.writeString("{\"error\":")
    body.writeJSON(error.message)
    body.writeString("}")
  }

  /// Text of a type.
  init(_ text: String, type: String = "application/json") {
    self.type = type
    body.writeString(text)
  }

  /// The probabilities of a request.
  ///
  /// - Parameter fallback: why they are no model's; nil where they are.
  init(
    _ probabilities: [Float], for id: String?, _ form: AnswerForm, model: String, version: String,
    fallback: RequestError.Reason? = nil
  ) {
    body.reserveCapacity(256 + 14 * probabilities.count)
    if let fallback { headers.append(("X-DeepFM-Fallback", fallback.rawValue)) }
    switch form {
    case .predictions:
      body.writeString("{\"predictions\":")
      body.writeJSON(probabilities)
      writeNames(model, version, id, fallback)
      body.writeString("}")
    case .tensors(let isBinary):
      body.writeString("{\"outputs\":[")
      if let isBinary {
        body.writeString(
          "{\"name\":\"\(ModelOutput.name)\",\"datatype\":\"FP32\",\"shape\":[\(probabilities.count)],"
        )
        if isBinary {
          body.writeString("\"parameters\":{\"binary_data_size\":\(4 * probabilities.count)}}")
        } else {
          body.writeString("\"data\":")
          body.writeJSON(probabilities)
          body.writeString("}")
        }
      }
      body.writeString("]")
      writeNames(model, version, id, fallback)
      body.writeString("}")
      guard isBinary ?? false else { return }
      headers.append(("Inference-Header-Content-Length", "\(body.readableBytes)"))
      type = "application/octet-stream"
      for probability in probabilities {
        body.writeInteger(probability.bitPattern, endianness: .little)
      }
    }
  }

  private mutating func writeNames(
    _ model: String, _ version: String, _ id: String?, _ fallback: RequestError.Reason?
  ) {
    body.writeString(",\"model_name\":")
    body.writeJSON(model)
    body.writeString(",\"model_version\":")
    body.writeJSON(version)
    if let id {
      body.writeString(",\"id\":")
      body.writeJSON(id)
    }
    if let fallback {
      body.writeString(",\"parameters\":{\"fallback\":true,\"reason\":\"\(fallback.rawValue)\"}")
    }
  }
}

extension ByteBuffer {
  /// Writes a string of JSON, with its quotes.
  mutating func writeJSON(_ text: String) {
    writeInteger(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        writeInteger(UInt8(ascii: "\\"))
        writeInteger(byte)
      case ..<0x20:
        let digits = String(byte, radix: 16)
        writeString("\\u00" + (byte < 16 ? "0" : "") + digits)
      default: writeInteger(byte)
      }
    }
    writeInteger(UInt8(ascii: "\""))
  }

  /// Writes numbers as a list, each as the shortest text that reads back as the same one.
  mutating func writeJSON(_ numbers: [Float]) {
    writeInteger(UInt8(ascii: "["))
    for (index, number) in numbers.enumerated() {
      if index > 0 { writeInteger(UInt8(ascii: ",")) }
      writeString(number.isFinite ? "\(number)" : "null")
    }
    writeInteger(UInt8(ascii: "]"))
  }
}
