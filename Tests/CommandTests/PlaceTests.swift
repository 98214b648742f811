import Foundation
import Testing

/// Streams that take no more, and places for results that are no plain files.
@Suite struct PlaceTests {
  private static let run = Result {
    try Files { folder in
      let rows = (0..<120).map { "\($0 % 3 == 0 ? 1 : 0),u\($0 % 9),i\($0 % 7)\n" }
      try Data(("label,user,item\n" + rows.joined()).utf8).write(
        to: folder.appending(path: "log.csv"))
      let trained = try Command.run(
        "train", "--train", "log.csv", "--model", "lr", "--epochs", "1", "--out", "run", in: folder)
      #expect(trained.status == 0, "\(trained.errors)")
    }
  }

  /// A folder with a small log and a run of it.
  private func withRun(_ body: (URL) throws -> Void) throws {
    try Self.run.get().inFolder(body)
  }

  @Test(arguments: [
    "predict run log.csv", "inspect log.csv", "inspect log.csv --json", "schema infer log.csv",
    "schema show avazu", "evaluate run log.csv", "models", "devices", "generate --rows 50 --out -",
  ])
  func `a full disk behind standard output is an error`(command: String) throws {
    try withRun { folder in
      let result = try Command.shell("\"$deepfm\" \(command) > /dev/full", in: folder)
      #expect(result.status == 1)
      #expect(result.errors.contains("standard output: found no space left on device"))
      #expect(!result.errors.contains("Fatal error"))
    }
  }

  /// The next file to be opened would take the place, and messages go into it.
  @Test func `no file takes the place of a stream that is closed`() throws {
    try withRun { folder in
      let result = try Command.shell(
        """
        "$deepfm" inspect log.csv --html want.html > /dev/null || exit 3
        for closed in '>&-' '2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
          eval "\\"$deepfm\\" inspect log.csv --html page.html $closed" 2> errors; [ $? = 1 ] || exit 4
          cmp page.html want.html || exit 5
          rm page.html
        done
        "$deepfm" inspect - <&- ; [ $? = 1 ] || exit 6
        "$deepfm" schema show avazu <&- > /dev/null || exit 7
        """, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("standard input: found bad file descriptor"))
    }
  }

  @Test(arguments: ["--help", "train --help", "--version"])
  func `help that cannot be written is an error`(command: String) throws {
    try withFolder { folder in
      let full = try Command.shell("\"$deepfm\" \(command) > /dev/full", in: folder)
      let plain = try Command.shell("\"$deepfm\" \(command)", in: folder)
      #expect(full.status == 1 && plain.status == 0)
    }
  }

  /// `ulimit -f`, as batch systems set it.
  @Test func `a file that may not be longer is an error`() throws {
    try withRun { folder in
      let result = try Command.shell(
        "ulimit -f 1; \"$deepfm\" generate --rows 5000 --out made.csv; c=$?; ls -A | grep made; exit $c",
        in: folder)
      #expect(result.status == 1 && result.errors.contains("made.csv: found file too large"))
      #expect(!result.output.contains("made.csv"))
    }
  }

  @Test func `a reader that has gone is an error and no signal`() throws {
    try withRun { folder in
      let result = try Command.shell(
        "\"$deepfm\" generate --rows 20000 --out - | head -c 1; exit ${PIPESTATUS[0]}", in: folder)
      #expect(result.status == 1)
      #expect(result.errors.contains("standard output: found broken pipe"))
    }
  }

  @Test(arguments: ["2> /dev/full", "2>&-", "> /dev/full", "2>&1 | head -c 1"])
  func `a training outlives its streams`(redirection: String) throws {
    try withRun { folder in
      try Command.shell(
        "\"$deepfm\" train --train log.csv --model lr --epochs 3 --out kept \(redirection)",
        in: folder)
      let judged = try Command.run("evaluate", "kept", "log.csv", in: folder)
      #expect(judged.status == 0, "\(judged.errors)")
    }
  }

  /// What was corrected in the quarantine is read again, and no result is written over what is read, by
  /// whichever name.
  @Test(arguments: [
    ("encode rejected.txt --on-error quarantine --out data", "rejected.txt"),
    ("train --train log.csv --valid rejected.txt --on-error quarantine --out new", "rejected.txt"),
    ("evaluate run log.csv --on-error quarantine --quarantine link.csv", "link.csv"),
    ("predict run log.csv --out log.csv", "log.csv"),
    ("predict run - --out link.csv < log.csv", "link.csv"),
    ("predict run rejected.txt.reasons.tsv --on-error quarantine", "rejected.txt.reasons.tsv"),
    ("inspect log.csv --html ./log.csv", "./log.csv"),
    ("schema infer log.csv --out log.csv", "log.csv"),
    (
      "ab assign log.csv --unit user --seed a --on-error quarantine --quarantine link.csv",
      "link.csv"
    ),
    ("export run --verify log.csv --out link.csv", "link.csv"),
    (
      "ab off-policy log.csv --reward label --propensity label --target label --on-error quarantine "
        + "--quarantine link.csv", "link.csv"
    ),
    ("encode count log.csv --out link.csv", "link.csv"),
    ("days --train log.csv --out d --on-error quarantine --quarantine link.csv", "link.csv"),
  ])
  func `no result is written over a log`(command: String, place: String) throws {
    try withRun { folder in
      let result = try Command.shell(
        """
        ln -s log.csv link.csv; cp log.csv rejected.txt; cp log.csv rejected.txt.reasons.tsv; cp log.csv want
        "$deepfm" \(command); code=$?
        cmp want log.csv && cmp want rejected.txt && cmp want rejected.txt.reasons.tsv && exit $code
        """, in: folder)
      #expect(result.status == 1 && result.errors.contains("\(place): found the log that is read"))
    }
  }

  @Test(arguments: [
    (
      "predict run log.csv --out p.txt --on-error quarantine --quarantine ./p.txt",
      "what is also p.txt"
    ),
    (
      "train --train log.csv --out new --on-error quarantine --quarantine new",
      "the place of two results"
    ),
    ("generate --rows 50 --out a.csv --test new/../a.csv", "what is also a.csv"),
    ("generate --rows 50 --out a.csv --truth a.csv", "the place of two results"),
    ("export run --out run/model.deepfm", "a file that is read (run/model.deepfm)"),
    ("delta make run run --out run/model.deepfm", "a file that is read (run/model.deepfm)"),
    ("delta apply run s.yaml --out link.yaml", "a file that is read (s.yaml)"),
    ("predict run log.csv --out run/model.deepfm", "a file that is read (run/model.deepfm)"),
    (
      "encode log.csv --schema s.yaml --out d --on-error quarantine --quarantine s.yaml",
      "a file that is read (s.yaml)"
    ),
    ("inspect log.csv --schema s.yaml --html link.yaml", "a file that is read (s.yaml)"),
    (
      "train --train log.csv --config s.yaml --out n --on-error quarantine --quarantine s.yaml",
      "a file that is read (s.yaml)"
    ),
  ])
  func `results take no place of each other nor of what is read`(command: String, found: String)
    throws
  {
    try withRun { folder in
      let result = try Command.shell(
        """
        echo 'label: label' > s.yaml; ln -s s.yaml link.yaml; md5sum log.csv s.yaml run/* > before
        "$deepfm" \(command); code=$?
        md5sum --quiet --check before || exit 9
        [ ! -e p.txt -a ! -e new -a ! -e a.csv -a ! -e d -a ! -e n ] || exit 8
        exit $code
        """, in: folder)
      #expect(
        result.status == 1 && result.errors.contains("found \(found), expected"), "\(result.errors)"
      )
    }
  }

  @Test func `an experiment takes no folder that holds something else`() throws {
    try withRun { folder in
      let result = try Command.run(
        "compare", "--train", "log.csv", "--models", "lr", "--out", "run", in: folder)
      #expect(result.status == 1)
      #expect(
        result.errors.contains("run: found a folder that holds something else than an experiment"))
      #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "run/runs").path))
    }
  }

  @Test func `a log that counts twice is named`() throws {
    try withRun { folder in
      let made = try Command.shell(
        """
        ln -s log.csv link.csv
        "$deepfm" encode log.csv 'l*.csv' --valid link.csv --out data
        """, in: folder)
      #expect(made.status == 0)
      #expect(made.errors.contains("note: log.csv is named twice: its rows count double"))
      #expect(made.errors.contains("note: link.csv is a training log too: the validation measures"))
    }
  }

  @Test(arguments: [
    "train --train - --valid - --out new", "evaluate run - -", "encode - --test - --out data",
    "inspect - --test -",
  ])
  func `what comes once is not named twice`(command: String) throws {
    try withRun { folder in
      let result = try Command.shell("cat log.csv | \"$deepfm\" \(command)", in: folder)
      #expect(
        result.status == 1 && result.errors.contains("standard input: found the same stream twice"))
    }
  }

  @Test func `a pipe without a reader is refused`() throws {
    try withRun { folder in
      let result = try Command.shell(
        "mkfifo fifo; timeout 60 \"$deepfm\" predict run log.csv --out fifo", in: folder)
      #expect(result.status == 1 && result.errors.contains("fifo: found a pipe that nobody reads"))
    }
  }

  @Test func `a named pipe and a process substitution are read like a file`() throws {
    try withRun { folder in
      let result = try Command.shell(
        """
        set -e
        timeout 60 "$deepfm" predict run log.csv > want
        mkfifo p.csv; cat log.csv > p.csv &
        timeout 60 "$deepfm" train --train p.csv --model lr --epochs 1 --out piped
        timeout 60 "$deepfm" predict piped <(cat log.csv) > got; cmp got want
        (read; timeout 60 "$deepfm" inspect -) < <(echo; cat log.csv) | grep -q '^train *120'
        (echo; cat log.csv) > later; (read; timeout 60 "$deepfm" inspect -) < later | grep -q '^train *120'
        """, in: folder)
      #expect(result.status == 0, "\(result.errors)")
    }
  }

  @Test func `what is no file is written into and never replaced`() throws {
    try withRun { folder in
      let result = try Command.shell(
        """
        set -e
        mkfifo fifo; cat fifo > got &
        "$deepfm" predict run log.csv --out fifo; wait
        [ -p fifo ]; [ $(wc -l < got) = 120 ]
        "$deepfm" predict run log.csv --out /dev/null
        [ -c /dev/null ]
        "$deepfm" predict run log.csv --out /dev/stdout > through; [ $(wc -l < through) = 120 ]
        touch target; chmod 640 target; ln -s target link
        "$deepfm" predict run log.csv --out link
        [ -L link ]; [ $(wc -l < target) = 120 ]; [ $(stat -c %a target) = 640 ]
        mkdir folder
        ! "$deepfm" predict run log.csv --out folder
        """, in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.contains("folder: found a folder, expected a name for a file"))
    }
  }

  @Test func `a run replaces a run as a whole and nothing else`() throws {
    try withRun { folder in
      let train = ["train", "--train", "log.csv", "--model", "fm", "--epochs", "1", "--overwrite"]
      let stale = folder.appending(path: "run/trace.json")
      try Data("{}".utf8).write(to: stale)
      #expect(try Command.run(train + ["--out", "run"], in: folder).status == 0)
      #expect(!FileManager.default.fileExists(atPath: stale.path))
      for (place, found) in [
        ("log.csv", "a file of this name"), (".", "something else than a run"),
      ] {
        let refused = try Command.run(train + ["--out", place], in: folder)
        #expect(refused.status == 1 && refused.errors.contains(found), "\(refused.errors)")
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(!left.contains { $0.hasSuffix(".partial") || $0.hasSuffix(".old") })
    }
  }

  @Test func `one folder is for one training at a time`() throws {
    try withRun { folder in
      let result = try Command.shell(
        """
        long="--train log.csv --model lr --batch-size 1 --epochs 100000 --patience 0 --out both"
        "$deepfm" train $long 2> first.log & first=$!
        until grep -q "^epoch" first.log; do sleep 0.05; done
        "$deepfm" train --train log.csv --model lr --epochs 1 --out both; second=$?
        kill -TERM $first; wait $first; echo $second $?
        """, in: folder)
      #expect(result.output.hasSuffix("1 143\n"), "\(result.output)")
      #expect(result.errors.contains("found another process at work in it"))
    }
  }
}
