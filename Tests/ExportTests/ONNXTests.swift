import DeepFMKit
import Foundation
import ONNX
import Protobuf
import Testing

@testable import Export

struct ONNXTests {
  @Test func `A message has Protocol Buffers' bytes`() {
    // Field 1: varint 300; field 2: "ab"; field 3: a message with varint 1; as in the format's own examples.
    var (inner, message) = (ProtobufMessage(), ProtobufMessage())
    inner.add(1, 1)
    message.add(1, 300)
    message.add(2, "ab")
    message.add(3, inner)
    message.add(4, float: 1)
    message.add(5, double: 1)
    message.add(6, -1)
    #expect(
      message.bytes == [
        0x08, 0xAC, 0x02, 0x12, 0x02, 0x61, 0x62, 0x1A, 0x02, 0x08, 0x01, 0x25, 0, 0, 0x80, 0x3F,
        0x29, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x30,
      ] + [UInt8](repeating: 0xFF, count: 9) + [0x01])
    #expect(message.count == message.bytes.count)
  }

  @Test func `Numbers are followed by as many zeros as a table has for absent ids`() {
    var message = ProtobufMessage()
    message.add(9, floats: [1, 2], zeros: 1)
    #expect(message.bytes == [0x4A, 12, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0, 0])
  }

  @Test func `Constants over a limit go into the second file, aligned, and are found there`() throws
  {
    let folder = try TemporaryFolder()
    var graph = ONNXGraph()
    let x = graph.input("x", .float, [.batch])
    let large = graph.constant("large", ONNXTensor([1, 2, 3] as [Float], shape: [4], zeros: 1))
    let larger = graph.constant("larger", ONNXTensor([4, 5, 6, 7] as [Float], shape: [4]))
    let sum = graph.add("Add", [graph.add("Add", [x, large]), larger])
    graph.output("y", of: sum, .float, [.batch])
    let model = ONNXModel(graph, name: "m", meaning: "", version: "1", metadata: [])
    let files = try model.write(to: folder.path + "/m.onnx", limit: 8)
    #expect(files.map(\.path) == [folder.path + "/m.onnx", folder.path + "/m.onnx.data"])
    let data = try Data(contentsOf: URL(filePath: files[1].path))
    #expect(data.count == 4096 + 16)
    let floats = data[4096...].withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    #expect(floats == [4, 5, 6, 7])
    let text = String(decoding: try Data(contentsOf: URL(filePath: files[0].path)), as: UTF8.self)
    #expect(text.contains("m.onnx.data") && text.contains("4096"))
  }

  @Test func `Names that are taken get a number`() {
    var graph = ONNXGraph()
    let names = (0..<3).map { _ in graph.constant("one", ONNXTensor([1 as Float], shape: [1])) }
    #expect(names == ["one", "one_1", "one_2"])
  }

  @Test func `An operation without nodes is named`() throws {
    let error = NoONNXForm(label: "gate 3")
    #expect("\(error)" == "gate 3 has no form in ONNX")
  }

  @Test func `What a file's user has to know of its inputs is said by field`() throws {
    let model = try SmallModel.trained()
    #expect(
      model.onnxNotes(.raw) == [
        #"field "page" is given as buckets: ONNX has no XXH64; hash: murmur3 in the schema has a node"#
      ])
    #expect(model.onnxNotes(.ids).isEmpty)
  }
}
