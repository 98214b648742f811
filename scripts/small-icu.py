#!/usr/bin/env python3
"""small-icu.py OUTPUT.o: makes a small replacement for the data of Swift's ICU.

Foundation, linked statically, brings 34 MB of the world's locales, calendars and character sets,
none of which the command uses. This keeps what formats and parses numbers and dates, for the root
and English locales. It prints the linker's options, one a line, with which the object made here
takes the place of the original.
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile


def output_of(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def icu_of_toolchain(folder):
    """The symbol that holds ICU's data, and the data."""
    paths = json.loads(output_of("swiftc", "-print-target-info"))["paths"]
    archive = paths["runtimeResourcePath"] + "_static/linux/lib_FoundationICU.a"
    member = "icu_packaged_data.cpp.o"
    subprocess.run(["ar", "x", archive, member], check=True, cwd=folder)
    member, data = os.path.join(folder, member), os.path.join(folder, "all.dat")
    symbol = re.search(rb"icudt\d+_dat", output_of("nm", member)).group().decode()
    subprocess.run(["objcopy", "-O", "binary", "-j", ".rodata", member, data], check=True)
    with open(data, "rb") as file:
        return symbol, file.read()


def is_kept(name):
    """Whether an item, such as 'icudt76l/zone/de_AT.res', is kept."""
    *folders, item = name.split("/")[1:]
    stem, kind = item.rsplit(".", 1)
    if kind == "cnv" or folders in (["brkitr"], ["coll"], ["rbnf"], ["translit"]):
        return False
    is_locale = kind == "res" and re.fullmatch(r"[a-z]{2,3}(_\w+)?", stem)
    return not is_locale or stem in ("en", "en_US", "en_001")


def filtered(data):
    """The package with the kept items alone: a header, then the number of items, for each where
    its name and its body begin, the names, the bodies (ICU's udata.h and ucmndata.h)."""
    (length,) = struct.unpack_from("<H", data)
    header, data = data[:length], data[length:]
    (count,) = struct.unpack_from("<I", data)
    table = [struct.unpack_from("<II", data, 4 + 8 * i) for i in range(count)]
    ends = [begin for _, begin in table[1:]] + [len(data)]
    items = []
    for (name, begin), end in zip(table, ends):
        text = data[name : data.index(b"\0", name) + 1]
        if is_kept(text[:-1].decode()):
            items.append((text, padded(data[begin:end])))

    names = b"".join(text for text, _ in items)
    name_at = 4 + 8 * len(items)
    body_at = name_at + len(names) + -(name_at + len(names)) % 16
    contents = struct.pack("<I", len(items))
    for text, body in items:
        contents += struct.pack("<II", name_at, body_at)
        name_at, body_at = name_at + len(text), body_at + len(body)
    return header + padded(contents + names) + b"".join(body for _, body in items)


def padded(some):
    return some + bytes(-len(some) % 16)


def main(output):
    with tempfile.TemporaryDirectory() as folder:
        symbol, data = icu_of_toolchain(folder)
        small = os.path.join(folder, "small.dat")
        with open(small, "wb") as file:
            file.write(filtered(data))
        source = os.path.join(folder, "small.s")
        with open(source, "w") as file:
            file.write(
                f'.section .rodata\n.balign 16\n.globl __wrap_{symbol}\n__wrap_{symbol}:\n'
                f'.incbin "{small}"\n.section .note.GNU-stack,"",@progbits\n'
            )
        subprocess.run(["as", "-o", output, source], check=True)
    print("-Xlinker", f"--wrap={symbol}", "-Xlinker", output, sep="\n")


main(sys.argv[1])
