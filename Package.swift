// swift-tools-version: 6.1
import PackageDescription

/// The kernel sources, one file an operator family; each is embedded into the binary.
let kernels: [Resource] = [
  "vector", "philox", "epilogue", "dropout", "gemm", "tiles", "bfloat16", "dense", "field_dense",
  "elementwise", "embedding", "grouping", "interaction", "product", "normalization", "loss", "step",
  "optimizer", "owned", "table_step", "machine", "recipe", "norm", "ceiling",
].map { .embedInCode("\($0).cl") }

/// The ready schemas, embedded as well.
let examples: [Resource] = ["criteo", "avazu", "movielens-1m", "frappe"].map {
  .embedInCode("\($0).yaml")
}

let package = Package(
  name: "deepfm",
  products: [
    .library(name: "DeepFMKit", targets: ["DeepFMKit"]),
    .executable(name: "deepfm", targets: ["deepfm"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    // Floor 0: system libraries, kernel sources, random numbers.
    .systemLibrary(
      name: "COpenCL", pkgConfig: "OpenCL",
      providers: [.apt(["ocl-icd-opencl-dev", "opencl-headers"])]),
    .systemLibrary(
      name: "CCLBlast", pkgConfig: "clblast", providers: [.apt(["libclblast-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CIntrinsics"),
    .target(name: "Kernels", path: "Kernels", resources: kernels),
    .target(name: "Examples", path: "examples", resources: examples),
    .target(name: "Random"),

    // Floor 1: the device, and the data; neither knows of the other.
    .target(name: "OpenCL", dependencies: ["COpenCL"]),
    .target(
      name: "Features",
      dependencies: ["CIntrinsics", "CZlib", "CZstd", "Examples", "Random", "Yams"]),

    // Floors 2 to 4: operators, models composed of them, training.
    .target(
      name: "Operators",
      dependencies: ["OpenCL", "Kernels", "CCLBlast", "CIntrinsics", "Random", "Features"]),
    .target(name: "Models", dependencies: ["Operators", "Features"]),
    .target(name: "Training", dependencies: ["Models", "Features", "Random", "CZlib", "Yams"]),

    // Pages and Markdown of what was found out; knows nothing of any of the above.
    .target(name: "Reports"),
    // What logs hold, as a document.
    .target(name: "Inspection", dependencies: ["Features", "Reports"]),

    // Floor 5: many trainings, compared.
    .target(
      name: "Experiment",
      dependencies: ["Training", "Models", "Operators", "Features", "Random", "Reports", "Yams"]),

    // What users see: a library and a command.
    .target(
      name: "DeepFMKit",
      dependencies: [
        "Training", "Models", "Operators", "Features", "OpenCL", "Examples", "Inspection",
      ]),
    .executableTarget(
      name: "deepfm",
      dependencies: [
        "DeepFMKit", "Experiment", "Reports",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(name: "OpenCLTests", dependencies: ["OpenCL", "Kernels", "Random"]),
    .testTarget(name: "FeaturesTests", dependencies: ["Features", "Examples"]),
    .testTarget(name: "OperatorsTests", dependencies: ["Operators"]),
    .testTarget(name: "ExperimentTests", dependencies: ["DeepFMKit", "Experiment"]),
    .testTarget(name: "ReportsTests", dependencies: ["Reports"]),
    .testTarget(name: "TrainingTests", dependencies: ["DeepFMKit"]),
    .testTarget(name: "CommandTests", dependencies: ["DeepFMKit", "deepfm"]),
  ]
)
