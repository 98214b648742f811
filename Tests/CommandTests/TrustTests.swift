import Foundation
import Testing

/// A device is held against the reference before it is first used, in a process of its own.
@Suite struct TrustTests {
  /// A folder with a log, and `$claimed`: the command on a CPU whose driver may have a fault.
  private func withDevice(_ body: (_ folder: URL, _ setUp: String) throws -> Void) throws {
    try withFolder { folder in
      let rows = (0..<200).map { "\($0 % 3 == 0 ? 1 : 0),u\($0 % 9),i\($0 % 7)\n" }
      try Data(("label,user,item\n" + rows.joined()).utf8).write(
        to: folder.appending(path: "log.csv"))
      let source = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../Devices/claimed_device.c").standardizedFileURL.path
      let built = try Command.shell(
        "clang -shared -fPIC -Wall -o claimed.so '\(source)' -ldl", in: folder)
      #expect(built.status == 0, "\(built.errors)")
      try body(
        folder,
        """
        export XDG_CACHE_HOME=$PWD CLAIMED_VECTOR=8
        small="--train log.csv --model deepfm-d --epochs 1 --hidden 16,8 --embedding-size 4"
        claimed() { LD_PRELOAD=$PWD/claimed.so "$deepfm" "$@"; }

        """)
    }
  }

  @Test(arguments: [
    ("skip:product", "; wrong operators: "), ("crash:product", "a crash (signal 6)"),
  ])
  func `a fault is found before the first step`(fault: String, mentions: String) throws {
    try withDevice { folder, setUp in
      let refused = try Command.shell(
        setUp + "CLAIMED_FAULT=\(fault) claimed train $small --out run", in: folder)
      #expect(refused.status == 1)
      #expect(refused.errors.contains(mentions), "\(refused.errors)")
      #expect(!refused.errors.contains("epoch "))
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "run").path))
    }
  }

  @Test(arguments: ["predict run log.csv --out out.txt", "evaluate run log.csv"])
  func `a fault is found before a model predicts`(command: String) throws {
    try withDevice { folder, setUp in
      let result = try Command.shell(
        setUp + """
          claimed train $small --out run --unchecked 2>/dev/null >&2 || exit 9
          CLAIMED_FAULT=skip:product claimed \(command)
          """, in: folder)
      #expect(result.status == 1)
      #expect(result.errors.contains("found a probability is off by"), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "out.txt").path))
    }
  }

  @Test func `what is right is remembered for its kernels and shapes`() throws {
    try withDevice { folder, setUp in
      let result = try Command.shell(
        setUp + """
          set -e
          claimed train $small --out first 2>&1 | grep "^device checked"
          claimed train $small --out second --seed 7 --epochs 2 2>&1 | grep "^device checked"
          CLAIMED_FAULT=crash:product claimed train $small --out third --hidden 8 2>&1 | grep -c crash
          claimed train $small --out fourth --unchecked 2>&1 | grep -c "^device checked" || true
          """, in: folder)
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 4, "\(result.output)\(result.errors)")
      #expect(lines.first?.contains("errors up to") == true)
      #expect(lines.dropFirst().first?.contains("reference on 20") == true)
      #expect(lines.suffix(2) == ["1", "0"])
    }
  }
}
