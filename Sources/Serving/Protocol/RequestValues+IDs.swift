import Data
import Logs
import Support

extension RequestValues {
  /// Text of a number in memory of the request's own.
  func cell(_ number: String) -> Cell {
    var number = number
    return number.withUTF8 { bytes in
      let target = text.reserve(bytes.count)
      target.update(from: bytes.baseAddress!, count: bytes.count)
      text.keep(bytes.count)
      return Cell(start: target, count: bytes.count)
    }
  }

  /// Takes the elements that were read for ids, or for their values, [rows × slots].
  func takeIDs(_ name: String) throws {
    let cells = UnsafeBufferPointer(start: elements.cells, count: elements.count)
    if name == "ids" {
      ids = try cells.enumerated().map { place, cell in
        guard let id = Int32(String(decoding: cell.bytes, as: UTF8.self)), id >= Batch.absent,
          Int(id) < layout.features
        else {
          throw RequestError.malformed(
            "input \"ids\", element \(place)",
            found: quoted(String(decoding: cell.bytes, as: UTF8.self)),
            expected: "\(Batch.absent) for an empty slot, or an id below \(layout.features)")
        }
        return id
      }
    } else {
      guard layout.weighted else {
        throw RequestError.malformed(
          "inputs", found: "values of ids", expected: "none: each counts 1 in this model")
      }
      idValues = try cells.enumerated().map { place, cell in
        guard let number = parseNumber(cell.bytes) else {
          throw RequestError.malformed(
            "input \"values\", element \(place)",
            found: quoted(String(decoding: cell.bytes, as: UTF8.self)), expected: "a number")
        }
        return Float(number)
      }
    }
  }

  /// Checks that ids have the values that they need.
  ///
  /// - Throws: ``RequestError``.
  func checkIDs() throws {
    guard let ids else {
      if idValues == nil { return }
      throw RequestError.malformed("inputs", found: "values without ids", expected: "both")
    }
    guard idValues?.count == (layout.weighted ? ids.count : nil) else {
      throw RequestError.malformed(
        "inputs", found: "\(ids.count) ids and \(idValues?.count ?? 0) values",
        expected: layout.weighted ? "as many values as ids" : "ids alone")
    }
    guard columns.allSatisfy({ $0.content == .nothing }) else {
      throw RequestError.malformed(
        "inputs", found: "ids and raw values", expected: "one of them")
    }
  }
}

extension RequestValues {
  /// Encodes some inputs of items, and behind them a row in which all are missing.
  ///
  /// - Parameters:
  ///   - rows: of each item a text for each name.
  ///   - given: the inputs, by their numbers.
  func encodeItems(_ rows: [[String]], of names: [String], _ given: [Int]) throws -> Batch {
    for index in given {
      let place = names.firstIndex(of: inputs[index].name)!
      columns[index].content = .cells
      for row in rows { columns[index].append(row[place].isEmpty ? Self.empty : cell(row[place])) }
      columns[index].append(Self.empty)
    }
    return try encode(rows: rows.count + 1, missingAllowed: true).0
  }
}
