import Data
import Logs
import Support

/// Columns whose values are in a dictionary: each value is looked up once, for all rows that have it.
extension ColumnEncoder {
  /// The ids of a dictionary's values for a field, [dictionary].
  func ids(
    of dictionary: ColumnDictionary, _ target: Target, missing: MissingValues
  ) -> FixedArray<Int32> {
    dictionary.derived(for: target.key, field: target.field) {
      let ids = FixedArray(repeating: Int32(0), count: dictionary.count)
      for first in stride(from: 0, to: dictionary.count, by: KeyBuffer.capacity) {
        let count = min(KeyBuffer.capacity, dictionary.count - first)
        for index in 0..<count {
          (buffer.keys[index], buffer.places[index]) = (
            ByteKey(dictionary.cells[first + index].bytes), first + index
          )
        }
        if target.encoding == .hash {
          for code in first..<first + count {
            let bucket = target.hash.bucket(of: dictionary.cells[code].bytes, of: target.buckets)
            ids.base[code] = target.firstValueID &+ Int32(truncatingIfNeeded: bucket)
          }
        } else {
          _ = lookUp(count, target, ids.base)
        }
      }
      for code in 0..<dictionary.count where missing.contains(dictionary.cells[code].bytes) {
        ids.base[code] = target.missingID
      }
      return ids
    }
  }

  /// Writes the ids of rows whose values are codes.
  func encode(
    _ codes: UnsafePointer<Int32>, by table: FixedArray<Int32>, _ target: Target,
    _ selection: UnsafeBufferPointer<Int32>, _ ids: UnsafeMutablePointer<Int32>,
    _ values: UnsafeMutablePointer<Float>?, _ statistics: inout FieldStatistics
  ) {
    let (width, table) = (slots, table.base)
    let (missingID, unknownID) = (target.missingID, target.unknownID)
    var (slot, missing, unknown) = (target.start, 0, 0)
    for record in selection {
      let code = codes[Int(record)]
      let id = code < 0 ? missingID : table[Int(code)]
      missing &+= id == missingID ? 1 : 0
      unknown &+= id == unknownID ? 1 : 0
      ids[slot] = id
      values?[slot] = 1
      slot &+= width
    }
    statistics.missing += missing
    statistics.unknown += unknown
  }
}
