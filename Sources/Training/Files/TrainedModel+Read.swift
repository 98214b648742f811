import Features
import Foundation
import Models
import Operators
import Support

extension TrainedModel {
  /// Reads a model file.
  ///
  /// - Parameter includingOptimizer: false to leave the optimizer's numbers in the file, which nothing
  ///   but more training needs.
  /// - Throws: `UserError` with the file's name: it cannot be read, is no model file, is of a newer
  ///   version, cut short or damaged, or holds a model that does not fit together.
  public init(contentsOf path: String, includingOptimizer: Bool = true) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe)
    } catch {
      let isThere = access(path, R_OK) == 0
      throw UserError(
        path, found: isThere ? "no regular file" : String(cString: strerror(errno)).lowercased(),
        expected: "a model file", remedy: "check the path and its permissions")
    }
    self = try data.withUnsafeBytes { try Self.read($0, path, includingOptimizer) }
  }

  /// Reads the bytes of a model file.
  ///
  /// - Parameter name: what errors call them.
  /// - Throws: as for a file.
  package init(_ bytes: UnsafeRawBufferPointer, named name: String) throws {
    self = try Self.read(bytes, name, true)
  }

  private static func read(
    _ bytes: UnsafeRawBufferPointer, _ path: String, _ includingOptimizer: Bool
  ) throws -> TrainedModel {
    let headerSize = try checkPreamble(of: bytes, path)
    let headerEnd = ModelFile.preambleSize + headerSize
    let header: Header
    do {
      header = try JSONDecoder().decode(
        Header.self, from: Data(bytes[ModelFile.preambleSize..<headerEnd]))
    } catch let error as UserError {
      throw misfit(path, error.found)
    } catch {
      throw misfit(path, "a header that cannot be read")
    }
    let numbers = UnsafeRawBufferPointer(
      rebasing: bytes[headerEnd..<bytes.count - ModelFile.checksumSize])
    var model = TrainedModel(
      encoder: header.encoder, configuration: header.configuration, step: header.step,
      bestEpoch: header.bestEpoch, history: header.history, pretraining: header.pretraining,
      tensors: try header.tensors.map { try tensor($0, numbers, path, includingOptimizer) })
    model.recalibration = header.recalibration
    guard model.oddsFactor > 0, model.oddsFactor.isFinite else {
      throw misfit(path, "odds times \(model.oddsFactor)")
    }
    try model.check(path)
    return model
  }

  /// Checks everything that does not need the header's content; returns the header's length.
  private static func checkPreamble(
    of bytes: UnsafeRawBufferPointer, _ path: String
  ) throws -> Int {
    guard bytes.count >= ModelFile.preambleSize,
      bytes.prefix(ModelFile.magic.count).elementsEqual(ModelFile.magic)
    else {
      throw UserError(
        path, found: bytes.isEmpty ? "an empty file" : "something else", expected: "a model file",
        remedy: "name the model.deepfm of a training run")
    }
    let version = ModelFile.number(UInt32.self, at: 8, of: bytes)
    guard version == ModelFile.version else {
      throw UserError(
        path, found: "a model file of version \(version)",
        expected: "version \(ModelFile.version)", remedy: "update deepfm")
    }
    let headerSize = Int(ModelFile.number(UInt32.self, at: 12, of: bytes))
    let size = ModelFile.number(UInt64.self, at: 16, of: bytes)
    guard bytes.count >= size else {
      throw UserError(
        path, found: "\(bytes.count) bytes", expected: "\(size) bytes",
        remedy: "the file is cut short: copy it again")
    }
    var checksum = Checksum()
    let end = bytes.count - ModelFile.checksumSize
    checksum.add(UnsafeRawBufferPointer(rebasing: bytes[..<end]))
    guard bytes.count == size, ModelFile.preambleSize + headerSize <= end,
      checksum.value == ModelFile.number(UInt32.self, at: end, of: bytes)
    else {
      throw UserError(
        path, found: "bytes that do not match their checksum", expected: "an undamaged model file",
        remedy: "copy it again")
    }
    return headerSize
  }

  private static func tensor(
    _ entry: ModelFile.Entry, _ numbers: UnsafeRawBufferPointer, _ path: String,
    _ includingOptimizer: Bool
  ) throws -> Tensor {
    guard let count = entry.count, entry.offset >= 0,
      entry.offset <= numbers.count / 4 - count
    else { throw misfit(path, "numbers of \(entry.name) outside the file") }
    let size = entry.rows * entry.columns
    func part(from offset: Int, count: Int) -> [Float] {
      [Float](unsafeUninitializedCapacity: count) { target, initialized in
        let first = 4 * (entry.offset + offset)
        UnsafeMutableRawBufferPointer(target).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: numbers[first..<first + 4 * count]))
        initialized = count
      }
    }
    let parts = (0..<(includingOptimizer ? entry.parts : 1)).map {
      part(from: $0 * size, count: size)
    }
    let rowParts = (0..<(includingOptimizer ? entry.rowParts ?? 0 : 0)).map {
      part(from: entry.parts * size + $0 * entry.rows, count: entry.rows)
    }
    return Tensor(
      name: entry.name, rows: entry.rows, columns: entry.columns, values: parts[0],
      states: parts.dropFirst() + rowParts)
  }

  /// Checks that the numbers are those of the model over the encoder's features.
  private func check(_ path: String) throws {
    guard encoder.features == encoder.layout.features else {
      throw Self.misfit(
        path, "a vocabulary of \(encoder.features) features for \(encoder.layout.features) ids")
    }
    let graph: Graph
    do {
      graph = try build().graph
    } catch {
      throw Self.misfit(path, "\(error)")
    }
    let expected = graph.parameters.filter(\.isSaved)
    for (parameter, tensor) in zip(expected, tensors) {
      guard parameter.name == tensor.name, parameter.columns == tensor.columns,
        parameter.rows == tensor.rows
      else {
        throw Self.misfit(
          path,
          "\(tensor.name) [\(tensor.rows) × \(tensor.columns)] in place of "
            + "\(parameter.name) [\(parameter.rows) × \(parameter.columns)]")
      }
    }
    guard expected.count == tensors.count else {
      throw Self.misfit(path, "\(tensors.count) parameters in place of \(expected.count)")
    }
  }

  private static func misfit(_ path: String, _ found: String) -> UserError {
    UserError(
      path, found: found, expected: "a model that fits together",
      remedy: "it was not written by this program: train it again")
  }
}
