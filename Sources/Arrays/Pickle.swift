import Support

/// What a program of Python has pickled, read without running any of it: just what dictionaries of tensors are made of.
indirect enum Pickled {
  case none
  case bool(Bool)
  case integer(Int)
  case double(Double)
  case text(String)
  case list(PickledItems)
  case tuple([Pickled])
  case dictionary(PickledItems)
  /// A function or class, `module.name`.
  case global(String)
  /// What a function made of its arguments.
  case made(String, [Pickled])
  /// What the pickle's writer keeps elsewhere.
  case persistent([Pickled])
}

/// The items of a list, or the keys and values of a dictionary one after the other.
final class PickledItems {
  var items: [Pickled] = []
}

/// A reader of pickles of the protocols 2 to 5.
struct PickleReader {
  /// What is read can only be data: these functions make containers and tensors, and are only noted.
  private static let known: Set<String> = [
    "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter",
  ]

  private enum Item {
    case value(Pickled)
    case mark
  }

  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private var place = 0
  private var stack: [Item] = []
  private var memo: [Int: Pickled] = [:]

  /// The object of a pickle.
  ///
  /// - Throws: `UserError` for one that is cut short, or that has more than data in it.
  static func read(_ bytes: UnsafeRawBufferPointer, path: String) throws -> Pickled {
    var reader = PickleReader(bytes: bytes, path: path)
    return try reader.run()
  }

  private init(bytes: UnsafeRawBufferPointer, path: String) {
    (self.bytes, self.path) = (bytes, path)
  }

  private mutating func run() throws -> Pickled {
    while true {
      let code = UInt8(try number(1))
      switch Character(Unicode.Scalar(code)) {
      case ".": return try pop()
      case "(": stack.append(.mark)
      case "}": push(.dictionary(PickledItems()))
      case "]": push(.list(PickledItems()))
      case ")": push(.tuple([]))
      case "N": push(.none)
      case "K": push(.integer(try number(1)))
      case "M": push(.integer(try number(2)))
      case "J": push(.integer(Int(Int32(truncatingIfNeeded: try number(4)))))
      case "G":
        let bits = try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        push(.double(Double(bitPattern: bits)))
      case "X": push(.text(try text(number(4))))
      case "U": push(.text(try text(number(1))))
      case "T": push(.text(try text(number(4))))
      case "c": push(.global("\(try line()).\(try line())"))
      case "q": memo[try number(1)] = try top()
      case "r": memo[try number(4)] = try top()
      case "h": try push(remembered(number(1)))
      case "j": try push(remembered(number(4)))
      case "t": push(.tuple(try popToMark()))
      case "Q":
        guard case .tuple(let items) = try pop() else { throw damaged() }
        push(.persistent(items))
      case "R": try call()
      case "b":
        // Versions of layers, which a dictionary of tensors has beside them.
        _ = try pop()
        guard case .dictionary = try top() else { throw refused("an object with a state") }
      case "s":
        let (value, key) = (try pop(), try pop())
        try add([key, value])
      case "u", "e": try add(popToMark())
      case "a": try add([pop()])
      case "0": _ = try pop()
      case "1": _ = try popToMark()
      default: try runLong(code)
      }
    }
  }

  /// The codes that are no letters.
  private mutating func runLong(_ code: UInt8) throws {
    switch code {
    case 0x80: _ = try number(1)
    case 0x95: _ = try take(8)
    case 0x85, 0x86, 0x87:
      let items = try (0..<Int(code - 0x84)).map { _ in try pop() }
      push(.tuple(items.reversed()))
    case 0x88: push(.bool(true))
    case 0x89: push(.bool(false))
    case 0x8A:
      let length = try number(1)
      guard length <= 8 else { throw refused("a number of \(length) bytes") }
      let word = try take(length).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      let unused = UInt64(64 - 8 * length)
      push(.integer(length == 0 ? 0 : Int(Int64(bitPattern: word << unused) >> Int64(unused))))
    case 0x8C: push(.text(try text(number(1))))
    case 0x8D: push(.text(try text(number(8))))
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw damaged()
      }
      push(.global("\(module).\(name)"))
    case 0x94: memo[memo.count] = try top()
    default:
      throw refused("an object that is more than data (code \(code))")
    }
  }

  private mutating func call() throws {
    guard case .tuple(let arguments) = try pop(), case .global(let name) = try pop() else {
      throw damaged()
    }
    guard Self.known.contains(name) else { throw refused(name) }
    push(
      name == "collections.OrderedDict"
        ? .dictionary(PickledItems()) : .made(name, arguments))
  }

  private mutating func add(_ items: [Pickled]) throws {
    switch try top() {
    case .list(let own), .dictionary(let own): own.items += items
    default: throw damaged()
    }
  }

  private mutating func push(_ value: Pickled) { stack.append(.value(value)) }

  private mutating func pop() throws -> Pickled {
    guard case .value(let value) = stack.popLast() else { throw damaged() }
    return value
  }

  private mutating func popToMark() throws -> [Pickled] {
    var items: [Pickled] = []
    while let last = stack.popLast() {
      guard case .value(let value) = last else { return items.reversed() }
      items.append(value)
    }
    throw damaged()
  }

  private func top() throws -> Pickled {
    guard case .value(let value) = stack.last else { throw damaged() }
    return value
  }

  private func remembered(_ index: Int) throws -> Pickled {
    guard let value = memo[index] else { throw damaged() }
    return value
  }

  private mutating func take(_ count: Int) throws -> Slice<UnsafeRawBufferPointer> {
    guard count >= 0, count <= bytes.count - place else { throw damaged() }
    defer { place += count }
    return bytes[place..<place + count]
  }

  private mutating func number(_ count: Int) throws -> Int {
    Int(clamping: try take(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  private mutating func text(_ count: Int) throws -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  private mutating func line() throws -> String {
    guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) else { throw damaged() }
    defer { place = end + 1 }
    return String(decoding: bytes[place..<end], as: UTF8.self)
  }

  private func damaged() -> UserError {
    UserError(
      path, found: "a pickle that is cut short or damaged",
      expected: "a whole checkpoint of PyTorch",
      remedy: "copy or write it again")
  }

  private func refused(_ found: String) -> UserError {
    UserError(
      path,
      found: "\(found): more than a dictionary of tensors, which only its own program can load",
      expected: "the tensors of a model", remedy: "in Python: torch.save(model.state_dict(), FILE)")
  }
}
