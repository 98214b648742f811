#!/usr/bin/env python3
"""check-layers.py: fails where a target or a folder knows of one above it.

A target may import targets of lower floors, any system library, and what PEERS allows beside it; the
manifest must list just what is imported. Within a target whose folders have an order (FOLDERS) no file
may name a type that is declared in a folder further up.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

FLOORS = [
    {"Kernels", "Examples", "Support", "Random", "Reports", "Statistics", "Protobuf", "ONNX"},
    {"OpenCL", "Arrays", "Cluster", "Data", "Logs", "Assignment"},
    {"Features", "Datasets", "Operators"},
    {"Models", "Synthetic", "ABTesting", "RequestLogs"},
    {"Training"},
    {"Tracking"},
    {"Experiment", "Diagnostics", "Inspection", "Export", "Import", "Serving"},
    {"Market"},
    {"DeepFMKit", "DeepFMC", "deepfm"},
]
# Who may import whom on one floor.
PEERS = {("ONNX", "Protobuf"), ("Datasets", "Features"), ("deepfm", "DeepFMKit"),
         ("DeepFMC", "DeepFMKit")}
# The folders of a target from the lowest up, "." for its own files; one within another may be named
# by itself.
FOLDERS = {
    "Support": [".", "Work", "YAML", "Files"],
    "Logs": ["Text", "Sources", "Blocks", "Rejection", "Records", "Parquet", "Arrow", "Formats", "Reading"],
    "Features": ["Schema", "Infer", "Vocabulary", "Rows", "History", "Encoder"],
    "Datasets": ["Split", "Shards", "Pipeline", "Folder", "Parts"],
    "Training": [".", "Metrics", "Schedule", "Configuration", "Model", "Trainer", "Files"],
    "Experiment": ["Design", "Runs", "Compare", "Study", "Days", "Report"],
    "Diagnostics": [".", "Benchmarks", "Verification", "Trust"],
    "ABTesting": ["Definition", "Units", "Estimates", "Plan", "Analysis", "OffPolicy", "Report"],
    "Market": ["Truth", "Policies", "Days", "Study", "Report"],
    "RequestLogs": ["Format", "Writing", "Join"],
    "deepfm": ["Output", "Options", "Bench", "Commands", "."],
}

ACCESS = r"(?:(?:@\w+(?:\([^)]*\))?|public|package|internal|private|fileprivate|final|indirect)\s+)*"
TYPES = "struct|class|enum|protocol|actor|typealias|associatedtype"
IMPORT = re.compile(rf"^\s*{ACCESS}import\s+(?:(?:struct|class|enum|protocol|func|var|let)\s+)?(\w+)", re.M)
TYPE = re.compile(rf"^( *){ACCESS}(?:{TYPES})\s+(\w+)", re.M)
STRING = r'"""(?:\\.|[^\\])*?"""|#"[^\n]*?"#|"(?:\\\((?:[^()]|\([^()]*\))*\)|\\.|[^"\\\n])*"'
IGNORED = re.compile(rf"//[^\n]*|/\*.*?\*/|{STRING}", re.S)


def code(file):
    """A file's text with blanks in place of comments and strings, line for line."""
    return IGNORED.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), file.read_text())


def check(targets, floors, peers, orders):
    """What is wrong with targets: (name, folder, dependencies or None for a system library)."""
    floor = {name: number for number, names in enumerate(floors) for name in names}
    system = {name for name, _, dependencies in targets if dependencies is None}
    ours = {name for name, _, _ in targets}
    for name, folder, dependencies in targets:
        if name in system:
            continue
        if name not in floor:
            yield f"{folder}: no floor is known for {name}: add it to FLOORS in scripts/check-layers.py"
            continue
        texts = {file: code(file) for file in sorted(folder.rglob("*.swift"))}
        found = {}
        for file, text in texts.items():
            for match in IMPORT.finditer(text):
                found.setdefault(match[1], f"{file}:{text.count(chr(10), 0, match.start(1)) + 1}")
        for other in sorted((found.keys() | set(dependencies)) & (ours - system)):
            place = found.get(other, "Package.swift")
            above = floor.get(other, len(floors))
            if above >= floor[name] and (name, other) not in peers:
                yield f"{place}: {name} (floor {floor[name]}) may not import {other} (floor {above})"
        for other in sorted(found.keys() & ours - set(dependencies)):
            yield f"{found[other]}: {name} imports {other}: list it in Package.swift"
        for other in sorted(set(dependencies) & ours - found.keys()):
            yield f"Package.swift: {name} lists {other}, which it does not import"
        if name in orders:
            yield from upward(name, folder, texts, orders[name])


def upward(name, root, texts, order):
    """Uses of types that are declared in a folder above, for names that are declared only once."""

    def place(file):
        path = file.relative_to(root).parent
        return next((str(p) for p in [path, *path.parents] if str(p) in order), str(path))

    for missing in sorted({place(file) for file in texts} - set(order)):
        yield f"{root / missing}: add it to FOLDERS[{name!r}] in scripts/check-layers.py"
    declared = {}
    for file, text in texts.items():
        for indent, type_name in TYPE.findall(text):
            declared.setdefault(type_name, []).append((indent, place(file)))
    homes = {key: found[0][1] for key, found in declared.items() if len(found) == 1 and not found[0][0]}
    for file, text in texts.items():
        own = place(file)
        for match in re.finditer(r"(?<![.\w])[A-Z]\w*", text):
            home = homes.get(match[0])
            if own in order and home in order and order.index(home) > order.index(own):
                line = text.count("\n", 0, match.start()) + 1
                yield f"{file}:{line}: {own} names {match[0]}, which is in {home}, above it"


def test():
    """A planted tree: each of its wrongs must be found, and nothing else."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)

        def write(path, text):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)

        write("Low/a/A.swift", '/* High */ import CLib\nstruct A { var b: B?, d: C.B?; let s = "\\("B")" }\n')
        write("Low/b/B.swift", "import struct High.T\npublic final class B { var a: A }\n// A note on C\n")
        write("High/T.swift", "import Low\nstruct T {}\n")
        write("New/N.swift", "import Low\n")
        targets = [("Low", root / "Low", {"CLib", "High"}), ("High", root / "High", {"Low", "CLib"}),
                   ("New", root / "New", {"Low"}), ("CLib", root, None)]
        said = "\n".join(check(targets, [{"Low"}, {"High"}], set(), {"Low": ["a", "b"]}))
        expected = ["Low/b/B.swift:1: Low (floor 0) may not import High", "High lists CLib, which it does",
                    "Low/a/A.swift:2: a names B, which is in b", "New: no floor is known for New"]
        wrong = [text for text in expected if text not in said]
        if wrong or len(said.splitlines()) != len(expected):
            sys.exit(f"check-layers.py does not find what it must: {wrong} in\n{said}")


def main():
    test()
    package = json.loads(subprocess.run(
        ["swift", "package", "dump-package"], check=True, stdout=subprocess.PIPE).stdout)
    targets = []
    for target in package["targets"]:
        dependencies = {kind[0] for each in target["dependencies"] for kind in each.values()}
        if target["type"] != "test":
            targets.append((target["name"], Path(target.get("path") or f"Sources/{target['name']}"),
                            None if target["type"] == "system" else dependencies))
    wrong = list(check(targets, FLOORS, PEERS, FOLDERS))
    print("\n".join(wrong) or f"{len(targets)} targets: nothing imports upwards")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
