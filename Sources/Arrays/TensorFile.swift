import Support

/// The tensors of a model that PyTorch has saved by `torch.save(model.state_dict(), …)`.
package enum TensorFile {
  /// - Returns: the tensors in the file's order.
  /// - Throws: `UserError` for what is no such file, is damaged, or has more in it than tensors.
  package static func read(_ path: String) throws -> [StoredArray] {
    let file = try MappedFile(path, expected: "a checkpoint of PyTorch")
    guard file.bytes.starts(with: ZipArchive.magic) else {
      throw UserError(
        path, found: "something else", expected: "what torch.save wrote",
        remedy: "in Python: torch.save(model.state_dict(), FILE)")
    }
    let archive = try ZipArchive(file, path: path)
    guard let pickle = archive.names.first(where: { $0.hasSuffix("data.pkl") }),
      let bytes = try archive.bytes(of: pickle)
    else {
      throw UserError(
        path, found: "an archive without data.pkl", expected: "what torch.save wrote",
        remedy: "in Python: torch.save(model.state_dict(), FILE)")
    }
    let root = try bytes.withBytes { try PickleReader.read($0, path: path) }
    let folder = String(pickle.dropLast("data.pkl".count))
    guard let entries = tensors(of: root, depth: 2) else {
      throw UserError(
        path, found: "no dictionary of tensors", expected: "the state of a model",
        remedy: "in Python: torch.save(model.state_dict(), FILE)")
    }
    return try entries.map { name, tensor in
      try array(named: name, tensor, of: archive, folder, path)
    }
  }

  /// The dictionary of tensors: the object itself, or what it has under a usual name.
  private static func tensors(of root: Pickled, depth: Int) -> [(String, [Pickled])]? {
    guard depth > 0, case .dictionary(let all) = root else { return nil }
    var found: [(String, [Pickled])] = []
    for place in stride(from: 0, to: all.items.count - 1, by: 2) {
      guard case .text(let name) = all.items[place] else { continue }
      let value = all.items[place + 1]
      if let tensor = rebuilt(value) {
        found.append((name, tensor))
      } else if ["state_dict", "model_state_dict", "model"].contains(name),
        let inner = tensors(of: value, depth: depth - 1)
      {
        return inner
      }
    }
    return found.isEmpty ? nil : found
  }

  /// What a tensor was made of: storage, place, shape, strides.
  private static func rebuilt(_ value: Pickled) -> [Pickled]? {
    guard case .made(let function, let arguments) = value else { return nil }
    guard function.hasSuffix("_rebuild_parameter") else {
      return arguments.count >= 4 ? arguments : nil
    }
    guard case .made(_, let inner)? = arguments.first, inner.count >= 4 else { return nil }
    return inner
  }

  private static func array(
    named name: String, _ tensor: [Pickled], of archive: ZipArchive, _ folder: String,
    _ path: String
  ) throws -> StoredArray {
    func refusal(_ found: String) -> UserError {
      UserError(
        path, found: "tensor \(quoted(name)) \(found)",
        expected: "a dense tensor of numbers, row by row",
        remedy: "in Python: torch.save({n: t.detach().cpu().contiguous() for n, t in "
          + "model.state_dict().items()}, FILE)")
    }
    guard case .persistent(let storage) = tensor[0], storage.count >= 3,
      case .global(let type) = storage[1], case .text(let key) = storage[2],
      case .integer(let first) = tensor[1], let shape = integers(tensor[2]),
      let strides = integers(tensor[3]), first >= 0
    else { throw refusal("in a form that is not known") }
    guard let element = element(type) else { throw refusal("of \(type)") }
    var count = 1
    for (length, stride) in zip(shape, strides).reversed() {
      guard length == 1 || stride == count else { throw refusal("not row by row") }
      let (next, isTooLarge) = count.multipliedReportingOverflow(by: length)
      guard !isTooLarge else { throw refusal("whose numbers are cut short") }
      count = next
    }
    guard let bytes = try archive.bytes(of: "\(folder)data/\(key)") else {
      throw refusal("without its numbers")
    }
    let (size, all) = (element.size, bytes.raw.count)
    guard count >= 0, first <= all / size, count <= all / size - first else {
      throw refusal("whose numbers are cut short")
    }
    return try StoredArray(
      path: path, name: name, element: element, shape: shape,
      bytes: bytes[size * first..<size * (first + count)])
  }

  private static func integers(_ value: Pickled) -> [Int]? {
    guard case .tuple(let items) = value else { return nil }
    var found: [Int] = []
    for item in items {
      guard case .integer(let number) = item, 0...(1 << 40) ~= number else { return nil }
      found.append(number)
    }
    return found
  }

  private static func element(_ type: String) -> StoredArray.Element? {
    switch type.split(separator: ".").last {
    case "FloatStorage": .float32
    case "DoubleStorage": .float64
    case "HalfStorage": .float16
    case "BFloat16Storage": .bfloat16
    case "LongStorage": .integer(bytes: 8, isSigned: true)
    case "IntStorage": .integer(bytes: 4, isSigned: true)
    case "BoolStorage", "ByteStorage": .integer(bytes: 1, isSigned: false)
    default: nil
    }
  }
}
