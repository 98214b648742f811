/// The `clGet…Info` calls all have this shape: give a size, a place for the value, and where to
/// put the size it needs.
typealias InformationCall = (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> Int32

/// A value of fixed size.
func information<Value: BitwiseCopyable>(
  _ initial: Value, _ call: String, _ get: InformationCall
) throws -> Value {
  var value = initial
  try check(get(MemoryLayout<Value>.size, &value, nil), call)
  return value
}

/// A text of any length, without its final zero and surrounding spaces.
func textInformation(_ call: String, _ get: InformationCall) throws -> String {
  var size = 0
  try check(get(0, nil, &size), call)
  var bytes = [UInt8](repeating: 0, count: size)
  try check(get(size, &bytes, nil), call)
  let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  guard let first = text.firstIndex(where: { !$0.isWhitespace }),
    let last = text.lastIndex(where: { !$0.isWhitespace })
  else { return "" }
  return String(text[first...last])
}

/// As many handles as there are; `none` is the code by which a call says that there are none.
func handles(
  _ call: String, none: Status,
  _ get: (UInt32, UnsafeMutablePointer<OpaquePointer?>?, UnsafeMutablePointer<UInt32>?) -> Int32
) throws -> [OpaquePointer] {
  var count: UInt32 = 0
  let status = get(0, nil, &count)
  if status == none.rawValue { return [] }
  try check(status, call)
  var found = [OpaquePointer?](repeating: nil, count: Int(count))
  if count > 0 { try check(get(count, &found, nil), call) }
  return found.compactMap { $0 }
}
