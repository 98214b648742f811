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
        # What is remembered of devices is this test's, what pocl has compiled is everybody's.
        export POCL_CACHE_DIR=${POCL_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/pocl/kcache}
        export XDG_CACHE_HOME=$PWD CLAIMED_VECTOR=8
        small="--train log.csv --model deepfm-d --epochs 1 --hidden 16,8 --embedding-size 4"
        claimed() { LD_PRELOAD=$PWD/claimed.so "$deepfm" "$@"; }

        """)
    }
  }

  /// Faults of a driver or its compiler, and what is said of them.
  private static let faults = [
    ("CLAIMED_FAULT=skip:product", "times what rounding explains; wrong operators: "),
    ("CLAIMED_FAULT=crash:product", "a crash (signal 6)"),
    ("CLAIMED_FAULT=hang:product", "no answer to this model's operators within 3 s"),
    // A compiler that forgets a term.
    ("CLAIMED_REPLACE='total(sum) + (has_bias=>total(sum) + (0 * has_bias'", "off by"),
  ]

  /// The first step's norm lacks the squares of L2.
  private static let faultOfTrainings = ("CLAIMED_FAULT=skip:square_weights", "off by")

  @Test(arguments: faults + [faultOfTrainings])
  func `a fault is found before the first step`(fault: String, mentions: String) throws {
    try withDevice { folder, setUp in
      let refused = try Command.shell(
        setUp + "\(fault) claimed train $small --out run --check-limit \(limit(fault))", in: folder)
      #expect(refused.status == 1)
      #expect(refused.errors.contains(mentions), "\(refused.errors)")
      #expect(refused.errors.contains("--unchecked"))
      #expect(!refused.errors.contains("epoch "))
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "run").path))
    }
  }

  /// What is right has all the time that it takes.
  private func limit(_ fault: String) -> Int { fault.contains("hang") ? 3 : 180 }

  // In turn: both check the device by the same function.
  private static let uses = ["predict run log.csv --out out.txt", "evaluate run log.csv"]

  @Test(arguments: zip(uses + uses, faults))
  func `a fault is found before a model predicts`(
    command: String, fault: (set: String, mentions: String)
  ) throws {
    try withDevice { folder, setUp in
      let result = try Command.shell(
        setUp + """
          claimed train $small --out run --unchecked 2>/dev/null >&2 || exit 9
          \(fault.set) claimed \(command) --check-limit \(limit(fault.set))
          """, in: folder)
      #expect(result.status == 1)
      let mentions = fault.set.contains("skip") ? "found a probability is off by" : fault.mentions
      #expect(result.errors.contains(mentions), "\(result.errors)")
      #expect(result.output.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "out.txt").path))
    }
  }

  @Test func `the doctor says which models a fault leaves right`() throws {
    try withDevice { folder, setUp in
      let result = try Command.shell(
        setUp + "CLAIMED_FAULT=skip:pair_inner claimed doctor --quick --gemm own --json", in: folder
      )
      #expect(result.status == 1)
      struct Answer: Decodable {
        struct Operator: Decodable { let name: String, failures: [String] }
        struct Model: Decodable { let model: String, gemm: String, fault: String? }
        let operators: [Operator], models: [Model]
      }
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let answer = try decoder.decode(Answer.self, from: Data(result.output.utf8))
      let wrong = answer.operators.filter { !$0.failures.isEmpty }.map(\.name)
      #expect(wrong == ["inner product", "pair products"])
      #expect(answer.models.count == 26 && answer.models.allSatisfy { $0.gemm == "own" })
      let faulty = Set(answer.models.filter { $0.fault != nil }.map(\.model))
      #expect(faulty == ["ipnn", "pnn", "deepfm-ip", "deepfm-p"], "\(result.output)")
    }
  }

  @Test(arguments: [
    ("CLAIMED_FREE=1", "but the device has 0.1 MiB"),
    ("CLAIMED_MEMORY=5000", "of which other programs may hold some"),
  ])
  func `memory that other programs hold is missed before the first step`(
    left: String, mentions: String
  ) throws {
    try withDevice { folder, setUp in
      let result = try Command.shell(
        setUp + """
          \(left) CLAIMED_GPU_LOG=log claimed train $small --out run --unchecked
          status=$?
          grep -c ^kernel log
          exit $status
          """, in: folder)
      #expect(result.status == 1)
      #expect(result.output == "0\n")
      #expect(result.errors.contains(mentions), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "run").path))
    }
  }

  /// Rows on the host are sent themselves, ids and labels; of those on the device their numbers are.
  @Test(arguments: [("host", writes: 2), ("device", writes: 1)])
  func `batches are sent from pinned memory that is used again`(
    place: String, writes: Int
  ) throws {
    try withDevice { folder, setUp in
      let result = try Command.shell(
        setUp + """
          unset CLAIMED_VECTOR
          for epochs in 1 9; do
            CLAIMED_GPU_LOG=log claimed train $small --out run --epochs $epochs --patience 9 --overwrite \
              --batch-size 10 --rows-on \(place) --averaging-epochs 0 --gemm clblast --unchecked \
              >/dev/null 2>&1 || exit 1
            for line in create map "write pinned" "write pageable"; do grep -c "^$line" log; done
            rm log
          done
          """, in: folder)
      let counts = result.output.split(separator: "\n").compactMap { Int($0) }
      #expect(result.status == 0 && counts.count == 8, "\(result.output)\(result.errors)")
      guard counts.count == 8 else { return }
      let more = (0..<4).map { counts[4 + $0] - counts[$0] }
      // Eight more epochs of eighteen batches, and of those they are judged by.
      #expect(more[2] >= 8 * 18 * writes)
      // Buffers, those of CLBlast too, are not made anew from step to step, and pinned memory not from epoch to epoch.
      #expect(more[0] == 0 && more[1] == 0 && more[3] == 0, "\(more)")
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
