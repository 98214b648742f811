extension Dataset {
  /// The ids that occur most often, ascending: no more than so many, and none that occurs only once. Of a long log some
  /// millions of rows are counted, spread over it.
  package func frequentIDs(most: Int) -> [Int32] {
    guard most > 0 else { return [] }
    var counts = [UInt16](repeating: 0, count: layout.features)
    let step = max(rows / (1 << 22), 1)
    counts.withUnsafeMutableBufferPointer { counts in
      for segment in segments {
        for row in stride(from: 0, to: segment.rows, by: step) {
          for slot in row * layout.slots..<(row + 1) * layout.slots {
            let id = segment.ids[slot]
            if id >= 0, counts[Int(id)] < .max { counts[Int(id)] += 1 }
          }
        }
      }
    }
    // How many ids occur how often, from which follows how often one must.
    var ids = [Int](repeating: 0, count: Int(UInt16.max) + 1)
    for count in counts { ids[Int(count)] += 1 }
    var (least, room) = (ids.count, most)
    while least > 2, ids[least - 1] <= room {
      least -= 1
      room -= ids[least]
    }
    // Of those that occur once less often as many as there is room for.
    if least <= 2 { room = 0 }
    var found: [Int32] = []
    for (id, count) in counts.enumerated() {
      if count >= least {
        found.append(Int32(id))
      } else if room > 0, count == least - 1 {
        found.append(Int32(id))
        room -= 1
      }
    }
    return found
  }
}
