import DeepFMKit
import Foundation
import Testing

@testable import Export

struct SafetensorsTests {
  @Test func `Tensors cover the file without a hole and hold the model's numbers`() throws {
    let (model, folder) = (try SmallModel.trained(), try TemporaryFolder())
    let path = folder.path + "/m.safetensors"
    try model.writeSafetensors(to: path, version: "1")
    let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
    let size = bytes.withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
    #expect(size % 8 == 0)
    let header = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + size])) as? [String: [String: Any]])
    let body = Array(bytes[(8 + size)...])
    var places: [Range<Int>] = []
    for (name, entry) in header where name != "__metadata__" {
      let offsets = try #require(entry["data_offsets"] as? [Int])
      places.append(offsets[0]..<offsets[1])
      guard let tensor = model.tensors.first(where: { $0.name == name }) else { continue }
      let numbers = body[offsets[0]..<offsets[1]].withUnsafeBytes {
        Array($0.bindMemory(to: Float.self))
      }
      #expect(numbers == tensor.values)
    }
    places.sort { $0.lowerBound < $1.lowerBound }
    #expect(places.count == model.tensors.count + 2)
    #expect(places.first?.lowerBound == 0 && places.last?.upperBound == body.count)
    for (a, b) in zip(places, places.dropFirst()) { #expect(a.upperBound == b.lowerBound) }
  }
}
