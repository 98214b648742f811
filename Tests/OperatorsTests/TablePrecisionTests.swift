import Data
import Foundation
import OpenCL
import Random
import Testing

@testable import Operators

/// Tables and their optimizers' state in bfloat16, whose updates are rounded stochastically.
@Suite struct TablePrecisionTests {
  @Test func `what is written is rounded to the nearest, of two to the even one`() {
    let step: Float = 0x1p-7
    for (value, expected) in [
      (1, 1), (1 + 0.49 * step, 1), (1 + 0.51 * step, 1 + step), (1 + 0.5 * step, 1),
      (1 + 1.5 * step, 1 + 2 * step), (-1 - 0.51 * step, -1 - step), (-0.0, -0.0),
      (0x1p-140, 0), (.infinity, .infinity), (-.infinity, -.infinity),
      (.greatestFiniteMagnitude, .infinity),
    ] as [(Float, Float)] {
      #expect(Float(BFloat16(nearest: value)).bitPattern == expected.bitPattern)
    }
    for bits in [0x7F80_0001, 0xFFFF_FFFF, 0x7FC0_0000] as [UInt32] {
      let none = Float(bitPattern: bits)
      #expect(Float(BFloat16(nearest: none)).isNaN && Float(BFloat16(none, random: 0xFFFF)).isNaN)
    }
    #expect(Float(BFloat16(.infinity, random: 0xFFFF)) == .infinity)
  }

  @Test(arguments: [1.0, -3.0, 0x1p-60], [0, 0.03125, 0.25, 0.5, 0.875])
  func `stochastic rounding takes a neighbour, and is right on average`(
    scale: Double, share: Double
  ) {
    let (lower, upper) = (scale, scale + scale.magnitude.ulpOfBFloat16 * (scale < 0 ? -1 : 1))
    let value = lower + share * (upper - lower)
    for (array, step) in [(0, 1), (0, 2), (2, 1)] {
      let count = 1 << 16
      let rounding = StochasticRounding(seed: 5, step: step, parameter: 3)
      let numbers = UnsafeMutableBufferPointer<Double>.allocate(capacity: count)
      defer { numbers.deallocate() }
      numbers.initialize(repeating: value)
      rounding.round(numbers, from: 7, array: array)
      #expect(numbers.allSatisfy { $0 == lower || $0 == upper })
      let ups = Double(numbers.count { $0 == upper }) / Double(count)
      // Five standard deviations.
      #expect(abs(ups - share) <= 5 * (share * (1 - share) / Double(count)).squareRoot())
    }
  }

  @Test func `other steps, parameters, arrays, seeds and places have other bits`() {
    func bits(_ seed: UInt64, _ step: Int, _ parameter: Int, _ array: Int, _ first: Int) -> [UInt16]
    {
      let rounding = StochasticRounding(seed: seed, step: step, parameter: parameter)
      return (first..<first + 64).map { rounding.bits(at: $0, array: array) }
    }
    let all = [
      bits(1, 1, 0, 0, 0), bits(2, 1, 0, 0, 0), bits(1, 2, 0, 0, 0), bits(1, 1, 1, 0, 0),
      bits(1, 1, 0, 1, 0), bits(1, 1, 0, 2, 0), bits(1, 1, 0, 0, 64),
    ]
    for (index, some) in all.enumerated() {
      // Of 64 pairs of 16 bits hardly one is alike by chance.
      for others in all[..<index] { #expect(zip(some, others).count { $0 == $1 } < 3) }
    }
  }

  /// With this device's choices, and with those of a GPU.
  private static func backend(asOnAGPU: Bool, owners: Int? = nil) throws -> OpenCLBackend {
    let device = try Device.select()
    var tuning =
      asOnAGPU
      ? KernelLibrary.Tuning(kind: .gpu, floatVectorWidth: 1) : KernelLibrary.Tuning(for: device)
    if let owners { tuning.owners = owners }
    return try OpenCLBackend(device, products: .own, profiling: false, tuning: tuning)
  }

  /// Numbers of all sizes, and what is none.
  private static let numbers: [Float] = {
    var random = RandomStream(seed: 6, purpose: "gradients")
    let some = (0..<700).map { _ in
      let size = Float(sign: .plus, exponent: Int(random.nextWord() % 200) - 100, significand: 1)
      return Float(2 * random.uniform() - 1) * size
    }
    return some + [.infinity, -.infinity, .nan, 0, -0.0, 1, .greatestFiniteMagnitude]
  }()

  @Test(arguments: [false, true], [1, 7])
  func `a device rounds a number as the reference does, bit for bit`(
    asOnAGPU: Bool, width: Int
  ) throws {
    var graph = Graph(layout: IdPattern.plain().layout)
    let table = graph.makeParameter(
      "table", rows: Self.numbers.count / 7 * 7 / width, columns: width, kind: .table,
      group: .embedding, initializer: .constant(0)
    ).with(precision: .bfloat16)
    let region = UpdateRegion(parameter: table, region: .whole, slots: 1)
    let group = Recipe.Group(SGD(), rate: 1)
    let step: any Step =
      asOnAGPU
      ? JointUpdate(targets: [
        JointTarget(target: region, isCompact: false, optimizer: SGD(), group: group, l2: 0)
      ]) : OptimizerUpdate(target: region, optimizer: SGD(), group: group)
    func run<B: Backend>(on backend: B) throws -> [B.Scalar] {
      let pass = try Pass(for: [step], of: [table], on: backend, .plain(rows: 0))
      try backend.fill(pass[.gradientScale], with: 1, count: 1)
      try backend.write(
        Self.numbers[..<table.count].map { B.Scalar($0) }, to: pass.gradient(of: table))
      pass.step = 3
      try pass.run([step])
      return try backend.read(pass[table], count: table.count)
    }
    let found = try run(on: Self.backend(asOnAGPU: asOnAGPU))
    let expected = try run(on: ReferenceBackend()).map { Float($0) }
    for (value, right) in zip(found, expected) {
      #expect(value.bitPattern == right.bitPattern || value.isNaN && right.isNaN)
    }
    let rounded = zip(found, Self.numbers).count { $0 != -Float(BFloat16(nearest: $1)) }
    #expect(rounded > table.count / 8, "it is rounded to the nearest")
  }

  @Test(arguments: [(Recipe.TableUpdate.touched, false), (.whole, false), (.whole, true)])
  func `owners, sizes of work-groups and interruptions change no bit`(
    tables: Recipe.TableUpdate, asOnAGPU: Bool
  ) throws {
    var recipe = Recipe.all(Adam(), l2: 0.01, tables: tables, clipNorm: 0.01)
    recipe.tablePrecision = .bfloat16
    func run(owners: Int, interrupted: Bool) throws -> Snapshot<Float> {
      let backend = try Self.backend(asOnAGPU: asOnAGPU, owners: asOnAGPU ? 0 : owners)
      var network = try Network.small(on: backend, recipe: recipe)
      for step in 0..<6 {
        if interrupted, step == 3 {
          let before = try network.snapshot()
          network = try Network.small(on: backend, recipe: recipe)
          try network.restore(before)
        }
        try network.train(ParityLog().batch(rows: 64 - step, number: step))
      }
      return try network.snapshot()
    }
    let one = try run(owners: 1, interrupted: false)
    let many = try run(owners: 5, interrupted: true)
    #expect(one.parameters == many.parameters && one.states == many.states)
    let table = try #require(one.parameters["embedding"])
    #expect(table.allSatisfy { $0 == Float(BFloat16(nearest: $0)) })
    #expect(one.states["embedding"]?.joined().allSatisfy { $0.bitPattern & 0xFFFF == 0 } == true)
    #expect(one.parameters["deep.weight"]?.contains { $0.bitPattern & 0xFFFF != 0 } == true)
  }

  @Test func `steps far smaller than the distance of two numbers add up`() throws {
    var recipe = Recipe.all(SGD(), rate: 0x1p-12)
    recipe.tablePrecision = .bfloat16
    let log = ParityLog()
    var graph = Graph(layout: log.layout)
    let output = graph.embedding("embedding", width: 512, initializer: .constant(1))
    let network = try Network(
      graph: graph, logits: output, backend: ReferenceBackend(), capacity: 1, recipe: recipe,
      seed: 1)
    // Each step moves the numbers of feature 0 by 1/32 of the way to the next one.
    for _ in 0..<64 {
      try network.load(Batch(layout: log.layout, ids: [0, Batch.absent], labels: [1]))
      let slope = network.pass.gradient(of: output)
      network.backend.fill(slope, with: -1, count: 1024)
      try network.backward()
      try network.update()
    }
    let mean = try network.values(of: "embedding")[..<512].reduce(0, +) / 512
    #expect(abs(mean - (1 + 64 * 0x1p-12)) < 5 * 0x1p-7 * (64.0 / 32 / 512).squareRoot())
  }

  @Test func `tables and state take half the memory, and what a row has as a whole is a float`()
    throws
  {
    func bytes(_ optimizer: any Optimizer, _ precision: TablePrecision) throws -> [String: Int] {
      var recipe = Recipe.all(optimizer, tables: .whole)
      recipe.tablePrecision = precision
      let memory = try Network.small(
        on: OpenCLBackend(Device.select()), recipe: recipe
      ).memory
      return memory.entries.reduce(into: [:]) { sums, entry in
        if entry.use == .parameters || entry.use == .optimizer {
          sums["\(entry.use) \(entry.label)", default: 0] += entry.bytes
        }
      }
    }
    let (adam, half) = (try bytes(Adam(), .float32), try bytes(Adam(), .bfloat16))
    for (name, bytes) in adam {
      let isTable = name.hasSuffix(" embedding") || name.hasSuffix(" wide.weight")
      #expect(half[name] == (isTable ? bytes / 2 : bytes), "\(name)")
    }
    let rowwise = try bytes(RowwiseAdagrad(), .bfloat16)
    #expect(rowwise["optimizer embedding"] == 4 * 9 && rowwise["optimizer wide.weight"] == 2 * 9)
  }

  @Test func `tables that lie otherwise, or are read otherwise, are refused`() throws {
    var recipe = Recipe.all(Adam())
    recipe.tablePrecision = .bfloat16
    func refusal(_ change: (OpenCLBackend) -> Void) throws -> String {
      let backend = try OpenCLBackend(Device.select())
      change(backend)
      do {
        _ = try Network.small(on: backend, recipe: recipe)
        return "none"
      } catch let error as MemoryPlanError {
        return error.description
      }
    }
    #expect(try refusal { _ in } == "none")
    for (reason, change) in [
      ("in the host's memory", { $0.tablePlacement = .host }),
      ("in pieces", { $0.piecesOfTables = 1 << 15 }),
      ("the device has 0.1 MiB", { $0.mostMemory = 10_000 }),
    ] as [(String, (OpenCLBackend) -> Void)] {
      let said = try refusal(change)
      #expect(said.contains(reason) && said.contains("table_precision: float32"), "\(said)")
    }
    var graph = Graph(layout: ParityLog().layout)
    let table = graph.makeParameter(
      "own", rows: 9, columns: 4, kind: .table, group: .embedding, initializer: .constant(0))
    #expect(graph.tableReadOtherwise == table)
  }
}

extension Double {
  /// The distance to the next number of bfloat16.
  fileprivate var ulpOfBFloat16: Double { Double(Float(self).ulp) * 0x1p16 }
}
