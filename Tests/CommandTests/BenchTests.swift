import Foundation
import Testing

@Suite struct BenchTests {
  @Test func `writes rows that NumPy reads`() throws {
    try withFolder { folder in
      let result = try Command.run("bench", "data", "--rows", "20", "--out", "rows", in: folder)
      #expect(result.status == 0, "\(result.errors)")
      let ids = try Data(contentsOf: folder.appending(path: "rows/ids.npy"))
      let header = ids.prefix(128)
      #expect(header.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]))
      #expect(
        String(decoding: header.dropFirst(10), as: UTF8.self)
          .hasPrefix("{'descr': '<i4', 'fortran_order': False, 'shape': (20, 39), }"))
      #expect(ids.count == 128 + 20 * 39 * 4)
      let labels = try Data(contentsOf: folder.appending(path: "rows/labels.npy"))
      #expect(labels.count == 128 + 20 * 4)
    }
  }

  @Test func `refuses to pace several batch sizes`() throws {
    try withFolder { folder in
      let result = try Command.run(
        "bench", "train", "--paced", "--batches", "10", "20", in: folder)
      #expect(result.status != 0 && result.errors.contains("--paced measures one batch size"))
    }
  }
}
