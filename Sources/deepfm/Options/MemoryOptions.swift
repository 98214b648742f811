import ArgumentParser
import DeepFMKit

/// How a device's memory is used, and where tables lie.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Where embedding tables lie: auto, device, host or ranks (the rows of a batch travel).",
      discussion: """
        auto takes one buffer of the device for a table, several where it is longer than the largest, and \
        the host's memory where the device has too little, shared out by row among the ranks that mpirun \
        has started, as ranks always does. The model is the same wherever they lie.
        """, valueName: "place"))
  var tablesIn = TablePlacement.auto

  @Option(
    help: ArgumentHelp(
      "Where the encoded rows of a training lie: auto, device (they stay there) or host (each batch is sent).",
      discussion: """
        auto takes the device where it has a memory of its own and the rows fit beside the network. The \
        model is the same.
        """, valueName: "place"))
  var rowsOn = RowPlacement.auto

  @Option(
    help: ArgumentHelp(
      "The most of the device's memory to use, as 512M or 6G (all of it).", valueName: "size"),
    transform: Self.size)
  var deviceMemory: Int?

  @Option(
    help: ArgumentHelp(
      "The largest buffer to make on the device, as 512M or 6G (as large as it allows).",
      valueName: "size"), transform: Self.size)
  var largestBuffer: Int?

  private static func size(_ text: String) throws -> Int {
    guard let size = VocabularyOptions.size(text), size > 0 else {
      throw ValidationError("expected a size, as 512M or 6G, and not \(text)")
    }
    return size
  }

  /// Has the networks to come on a backend do so.
  func apply(to backend: OpenCLBackend) {
    (backend.tablePlacement, backend.rowPlacement) = (tablesIn, rowsOn)
    (backend.mostMemory, backend.largestBuffer) = (deviceMemory, largestBuffer)
  }

  /// Refuses options that mean nothing on the reference, which has all tables in memory of its own.
  func refuse(on device: String) throws {
    guard device.lowercased() == "reference" else { return }
    let given = [
      tablesIn == .auto ? nil : "--tables-in", rowsOn == .auto ? nil : "--rows-on",
      deviceMemory.map { _ in "--device-memory" },
      largestBuffer.map { _ in "--largest-buffer" },
    ]
    guard let name = given.compactMap(\.self).first else { return }
    throw ValidationError("\(name) is of OpenCL devices, and the reference is none")
  }
}

extension TablePlacement: ExpressibleByArgument {}
extension RowPlacement: ExpressibleByArgument {}
