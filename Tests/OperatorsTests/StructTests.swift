import Kernels
import OpenCL
import Testing

@testable import Operators

/// Structs that Swift and OpenCL C both declare: a device is asked where it finds their fields.
@Suite struct StructTests {
  struct Mirror: CustomStringConvertible, Sendable {
    /// The file with the device's declaration, and its name there.
    let source, name: String
    /// Swift's size, and where each field begins, by the device's names for them.
    let size: Int
    let fields: [(name: String, offset: Int)]

    init<T>(
      _ type: T.Type, _ source: String, _ name: String, _ fields: [(String, PartialKeyPath<T>)]
    ) {
      (self.source, self.name, size) = (source, name, MemoryLayout<T>.size)
      self.fields = fields.map { ($0, MemoryLayout<T>.offset(of: $1)!) }
    }

    var description: String { name }
  }

  static let mirrors = [
    Mirror(
      Epilogue.Argument.self, "epilogue", "Epilogue",
      [
        ("activation", \.activation), ("threshold", \.threshold), ("scale", \.scale),
        ("step", \.step),
        ("layer", \.layer), ("seed_low", \.seedLow), ("seed_high", \.seedHigh),
      ]),
    Mirror(
      LookupArguments.self, "embedding", "LookupArguments",
      [
        ("slots", \.slots), ("groups", \.groups), ("width", \.width), ("weighted", \.weighted),
        ("last", \.last),
      ]),
    Mirror(
      RuleArgument.self, "optimizer_step", "Rule",
      [
        ("kind", \.kind), ("rate", \.rate), ("l2", \.l2), ("numbers[0]", \.numbers.0),
        ("numbers[7]", \.numbers.7), ("key", \.key),
      ]),
    Mirror(
      SegmentArguments.self, "embedding_gpu", "SegmentArguments",
      [
        ("slots", \.slots), ("weighted", \.weighted), ("width0", \.width0),
        ("width1", \.width1), ("team", \.team), ("length", \.length),
        ("groups0", \.groups0), ("groups1", \.groups1),
      ]),
    Mirror(
      SumArguments.self, "embedding_update", "SumArguments",
      [
        ("rows", \.rows), ("slots", \.slots), ("groups", \.groups), ("width", \.width),
        ("weighted", \.weighted), ("ranks", \.ranks),
      ]),
  ]

  @Test(arguments: mirrors) func `a struct lies alike on both sides`(mirror: Mirror) throws {
    let tuning =
      mirror.source.hasSuffix("_gpu")
      ? KernelLibrary.Tuning(kind: .gpu, floatVectorWidth: 1) : try .init(for: Device.select())
    let backend = try OpenCLBackend(
      Device.select(), products: .own, profiling: false, tuning: tuning)
    let offsets = mirror.fields.enumerated().map { index, field in
      "found[\(index + 1)] = (int)((private char *)&s.\(field.name) - (private char *)&s);"
    }
    let source = KernelSource(
      name: "layout of \(mirror.name)",
      text: """
        #include "\(mirror.source).cl"

        kernel void layout(global int *found) {
          \(mirror.name) s;
          found[0] = sizeof(s);
          \(offsets.joined(separator: "\n  "))
        }
        """)
    let found = try OpenCL.Buffer<Int32>(
      zeros: mirror.fields.count + 1, on: backend.queue, label: "found")
    try backend.library.kernel("layout", of: source, for: OptimizerProgram([Adam()])).launch(
      on: backend.queue, global: [1], local: [1], ["found": found])
    #expect(
      try found.read(on: backend.queue).map(Int.init) == [mirror.size] + mirror.fields.map(\.offset)
    )
  }
}
