// swift-tools-version: 6.1
import PackageDescription

/// The kernel sources: every file of these folders is embedded into the binary.
let kernels: [Resource] = ["Common", "Operators", "Products", "Update"].map { .embedInCode($0) }

/// The ready schemas, embedded as well.
let examples: [Resource] = [
  "criteo", "avazu", "movielens-1m", "frappe", "zozotown", "adult", "bank-marketing",
  "online-shoppers",
].map { .embedInCode("\($0).yaml") }

let package = Package(
  name: "deepfm",
  products: [
    .library(name: "DeepFMKit", targets: ["DeepFMKit"]),
    .library(name: "Market", targets: ["Market"]),
    .library(name: "deepfm-c", type: .static, targets: ["DeepFMC"]),
    .executable(name: "deepfm", targets: ["deepfm"]),
  ],
  // Exact versions: a training is to be the same bit for bit wherever it is built, and
  // Package.resolved is not kept, as that of a library binds none of its users.
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
  ],
  targets: [
    // Floor 0: system libraries, kernel sources, random numbers, distributions, and what every room needs:
    // errors, files, hashes, YAML, ordered work.
    .systemLibrary(
      name: "COpenCL", pkgConfig: "OpenCL",
      providers: [.apt(["ocl-icd-opencl-dev", "opencl-headers"])]),
    .systemLibrary(
      name: "CCLBlast", pkgConfig: "clblast", providers: [.apt(["libclblast-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
    .systemLibrary(name: "CLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(
      name: "CBrotli", pkgConfig: "libbrotlidec", providers: [.apt(["libbrotli-dev"])]),
    .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
    .systemLibrary(name: "CIntrinsics"),
    // The Arrow C data and stream interfaces; the C interface of this library.
    .systemLibrary(name: "CArrow"),
    .systemLibrary(name: "CDeepFM"),
    .target(name: "Kernels", path: "Kernels", resources: kernels),
    .target(
      name: "Examples", path: "examples",
      exclude: ["c", "python", "send-to-mlflow.py", "serving", "spark"],
      resources: examples),
    .target(name: "Random"),
    .target(name: "Statistics"),
    // Protocol Buffers' wire format, and what is written in it: Open Neural Network Exchange.
    .target(name: "Protobuf"),
    .target(name: "ONNX", dependencies: ["Protobuf"]),
    .target(
      name: "Support",
      dependencies: ["CXXHash", "Yams", .product(name: "SystemPackage", package: "swift-system")]),

    // Floor 1: other ranks of a job, the device, encoded rows, logs as columns of text, and who is in which arm of a test; none
    // knows of the others.
    .target(name: "Assignment", dependencies: ["Support"]),
    .target(name: "Cluster", dependencies: ["Support"]),
    // Arrays in files of other programs: NumPy's, safetensors, word2vec's, PyTorch's.
    .target(name: "Arrays", dependencies: ["Support", "CZlib"]),
    .target(name: "OpenCL", dependencies: ["COpenCL"]),
    .target(name: "Data", dependencies: ["CIntrinsics", "Random", "Support"]),
    .target(
      name: "Logs",
      dependencies: [
        "Support", "CArrow", "CIntrinsics", "CZlib", "CZstd", "CBzip2", "CLZMA", "CBrotli",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),

    // Floor 2: what columns mean and how values become ids; logs as encoded rows; operators.
    .target(
      name: "Features",
      dependencies: [
        "Logs", "Data", "Support", "CIntrinsics", "Examples", "Yams",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "Datasets",
      dependencies: [
        "CIntrinsics", "Features", "Logs", "Data", "Support", "Random",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .target(
      name: "Operators",
      dependencies: [
        "OpenCL", "Kernels", "CCLBlast", "CIntrinsics", "Cluster", "ONNX", "Random", "Data",
        "Support",
      ]),

    // Floor 3: models composed of operators; logs that are made up.
    .target(name: "Models", dependencies: ["Operators", "Data", "Support"]),
    .target(
      name: "Synthetic", dependencies: ["Features", "Logs", "Data", "Support", "Random"]),

    // Tests of two or more arms: what their logs say, and what they do not.
    .target(
      name: "ABTesting",
      dependencies: [
        "Assignment", "CIntrinsics", "Features", "Logs", "Random", "Reports", "Statistics",
        "Support",
        "Yams",
      ]),

    // Floor 4: training.
    .target(
      name: "Training",
      dependencies: [
        "Arrays", "Models", "Operators", "OpenCL", "Cluster", "Datasets", "Features", "Logs",
        "Data",
        "Support", "Random", "CZlib", "Yams",
      ]),

    // What a training tells, for programs that watch it.
    .target(name: "Tracking", dependencies: ["Training", "Protobuf", "Support"]),

    // Pages and Markdown of what was found out; knows nothing of any of the above.
    .target(name: "Reports"),
    // What logs hold, as a document.
    .target(
      name: "Inspection",
      dependencies: ["Datasets", "Features", "Logs", "Data", "Support", "Reports"]),

    // Floor 5: many trainings, compared; and whether a device trains right, and how fast.
    .target(
      name: "Experiment",
      dependencies: [
        "Tracking", "Training", "Models", "Operators", "Datasets", "Features", "Logs", "Data",
        "Support", "Random",
        "Reports", "Statistics", "Yams",
      ]),

    .target(
      name: "Diagnostics",
      dependencies: [
        "Training", "Models", "Operators", "OpenCL", "Kernels", "Cluster", "Features", "Data",
        "Support", "Random",
      ]),

    // Models for other programs.
    .target(
      name: "Export",
      dependencies: [
        "Training", "Operators", "Datasets", "Features", "Logs", "Data", "ONNX", "Support",
      ],
      resources: [.embedInCode("verify_onnx.py")]),

    // Models of other programs.
    .target(
      name: "Import", dependencies: ["Arrays", "Training", "Operators", "Features", "Support"]),

    // Logs of requests and of what became of them: written, and joined to training logs.
    .target(
      name: "RequestLogs",
      dependencies: [
        "Assignment", "Features", "Logs", "Support",
        .product(name: "SystemPackage", package: "swift-system"),
      ]),

    // Trained models as a service over HTTP.
    .target(
      name: "Serving",
      dependencies: [
        "Training", "Features", "Logs", "Data", "Support", "Operators", "Assignment", "RequestLogs",
        "Random",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOExtras", package: "swift-nio-extras"),
        .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
      ]),

    // A click market whose truth is known, and experiments in it.
    .target(
      name: "Market",
      dependencies: [
        "ABTesting", "Assignment", "Features", "Logs", "Models", "Operators", "Random", "Reports",
        "Serving", "Statistics", "Support", "Training",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
      ]),

    // What users see: a library and a command.
    .target(
      name: "DeepFMKit",
      dependencies: [
        "Diagnostics", "Kernels", "Training", "Models", "Operators", "Datasets", "Features", "Logs",
        "Data",
        "Support", "OpenCL", "Examples",
      ]),
    // The library for programs in other languages.
    .target(
      name: "DeepFMC",
      dependencies: [
        "CArrow", "CDeepFM", "Datasets", "DeepFMKit", "Diagnostics", "Features", "Inspection",
        "Logs", "OpenCL",
        "Operators", "Support", "Training",
      ]),
    .executableTarget(
      name: "deepfm",
      dependencies: [
        "DeepFMKit", "ABTesting", "Assignment", "Cluster", "Datasets", "Synthetic", "Inspection",
        "Experiment", "Export", "Import", "Tracking", "Diagnostics", "Market", "Serving",
        "RequestLogs",
        "Logs", "Reports", "Statistics", "Support",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]),

    .testTarget(name: "StatisticsTests", dependencies: ["Statistics", "Random"]),
    .testTarget(
      name: "ABTestingTests", dependencies: ["ABTesting", "Assignment", "Random", "Statistics"]),
    .testTarget(
      name: "MarketTests",
      dependencies: ["DeepFMKit", "Market", "ABTesting", "Assignment", "Serving"]),
    .testTarget(name: "OpenCLTests", dependencies: ["OpenCL", "Kernels", "Random"]),
    .testTarget(
      name: "FeaturesTests",
      dependencies: [
        "CArrow", "DeepFMKit", "Logs", "Features", "Datasets", "Synthetic", "Inspection",
        "Examples",
      ], exclude: ["Parquet"]),
    .testTarget(name: "OperatorsTests", dependencies: ["Operators"]),
    .testTarget(
      name: "ExperimentTests", dependencies: ["DeepFMKit", "Experiment", "Random", "Statistics"]),
    .testTarget(name: "ExportTests", dependencies: ["DeepFMKit", "Export", "Tracking"]),
    .testTarget(name: "ImportTests", dependencies: ["Arrays", "DeepFMKit", "Import", "Random"]),
    .testTarget(name: "ReportsTests", dependencies: ["Reports"]),
    .testTarget(name: "TrainingTests", dependencies: ["Cluster", "DeepFMKit", "Diagnostics"]),
    .testTarget(name: "RequestLogsTests", dependencies: ["RequestLogs", "Logs", "Support"]),
    .testTarget(
      name: "ServingTests",
      dependencies: [
        "Serving", "RequestLogs", "DeepFMKit", "Assignment",
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    .testTarget(
      name: "CommandTests", dependencies: ["DeepFMKit", "deepfm"], exclude: ["Snapshots"]),
  ]
)

// What tests do themselves is little beside what they ask for: not optimized, they compile in two thirds of the time.
for target in package.targets where target.type == .test {
  target.swiftSettings = [.unsafeFlags(["-Onone"])]
}
