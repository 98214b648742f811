// swift-tools-version: 6.1
import PackageDescription

// A program of somebody else that trains with the library: built and run by scripts/test.sh.
// It stands for every user's package, so it may use nothing but the product DeepFMKit.
let package = Package(
  name: "Consumer",
  dependencies: [.package(name: "deepfm", path: "../..")],
  targets: [
    .executableTarget(
      name: "Consumer", dependencies: [.product(name: "DeepFMKit", package: "deepfm")])
  ]
)
