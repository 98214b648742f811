import Foundation
import Testing

/// `mpirun -n 2 deepfm train`, as a user types it.
@Suite(
  .enabled(
    if: FileManager.default.fileExists(atPath: "/usr/bin/mpirun"), "Open MPI is not installed"))
struct RanksTests {
  private static let mpirun = """
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    train="$deepfm train --train log.csv --model deepfm-d --embedding-size 4 --hidden 8 --epochs 2 \
      --batch-size 64 --device cpu"
    ranks="mpirun --oversubscribe -n"

    """

  private static func run(_ script: String, in folder: URL) throws -> Command.Result {
    let rows = (0..<2000).map { "\($0 % 3 == 0 ? 1 : 0),u\($0 * 7 % 31),i\($0 % 7)\n" }
    try Data(("label,user,item\n" + rows.joined()).utf8).write(
      to: folder.appending(path: "log.csv"))
    return try Command.shell(mpirun + script, in: folder)
  }

  @Test func `one process and two ranks write the same model, and one rank prints`() throws {
    try withFolder { folder in
      let run = try Self.run(
        """
        $train --virtual-ranks 8 --out one && $ranks 2 $train --out two 2>said \
          && cmp one/model.deepfm two/model.deepfm && grep -c "by Open MPI" said
        """, in: folder)
      #expect(run.status == 0 && run.output.hasSuffix("1\n"), "\(run.errors)\(run.output)")
    }
  }

  @Test func `two ranks that share the rows of tables write the same model`() throws {
    try withFolder { folder in
      let run = try Self.run(
        """
        train="$train --tables touched"
        $train --virtual-ranks 8 --out one && $ranks 2 $train --tables-in ranks --memory --out two 2>said \
          && cmp one/model.deepfm two/model.deepfm && grep -q "by row over 2 ranks" said && echo 1
        """, in: folder)
      #expect(run.status == 0 && run.output.hasSuffix("1\n"), "\(run.errors)\(run.output)")
    }
  }

  @Test
  func `the death of a rank ends all, and another number of ranks goes on from the checkpoint`()
    throws
  {
    try withFolder { folder in
      let run = try Self.run(
        """
        $train --virtual-ranks 8 --out whole || exit 9
        cut="$train --epochs 2 --checkpoint 0s --resume --out cut --virtual-ranks 8"
        # Long enough to be killed: the last rank kills itself when there is a checkpoint.
        timeout 120 $ranks 2 bash -c '
          if [ $OMPI_COMM_WORLD_RANK = 1 ]; then
            (until [ -e cut.partial/checkpoint/state.json ]; do sleep 0.01; done; kill -9 $$) &
          fi
          exec '"$cut"
        code=$?
        [ $code != 0 ] && [ $code != 124 ] || { echo "ended with $code"; exit 8; }
        $cut && cmp whole/model.deepfm cut/model.deepfm
        """, in: folder)
      #expect(run.status == 0, "\(run.status): \(run.errors)\(run.output)")
      #expect(run.errors.contains("as if it had not been interrupted"))
    }
  }

  @Test func `what is wrong is told once, by the first rank`() throws {
    try withFolder { folder in
      let run = try Self.run("$ranks 3 $train --out three", in: folder)
      #expect(run.status != 0)
      let told = run.errors.components(separatedBy: "expected a power of two up to virtual_ranks")
      #expect(told.count == 2 && run.errors.contains("rank 0 of 3"), "\(run.errors)")
    }
  }
}
