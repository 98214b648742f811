"""What `deepfm rows` prints of an Arrow table: the one statement of it that is not ours."""

import datetime
import decimal
import json

import numpy as np
import pyarrow as pa


def leaves(name, kind):
    """The columns of a column: its name, and how to get a value of it, lists of structures flattened."""
    if pa.types.is_struct(kind):
        for field in kind:
            for path, leaf in leaves(f"{name}.{field.name}", field.type):
                yield path, lambda value, key=field.name, leaf=leaf: \
                    None if value is None else leaf(value[key])
    elif pa.types.is_map(kind):
        for index, key in enumerate(["key", "value"]):
            inner = kind.key_type if index == 0 else kind.item_type
            for path, leaf in leaves(f"{name}.{key}", inner):
                yield path, lambda value, index=index, leaf=leaf: \
                    [] if value is None else [leaf(pair[index]) for pair in value]
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        for path, leaf in leaves(name, kind.value_type):
            yield path, lambda value, leaf=leaf: [] if value is None else [leaf(item) for item in value]
    else:
        yield name, lambda value, kind=kind: text(value, kind)


def digits(number, kind):
    """A number as text that reads back as the same one; nothing for what is none."""
    if number != number:
        return ""
    if number in (float("inf"), float("-inf")):
        return "inf" if number > 0 else "-inf"
    whole = {pa.float32(): np.float32, pa.float16(): np.float16}.get(kind)
    return str(whole(number)) if whole else repr(number)


def fraction(number, places):
    part = f"{number:0{places}}".rstrip("0")
    return f".{part}" if part else ""


def text(value, kind):
    if value is None:
        return ""
    if pa.types.is_dictionary(kind):
        return text(value, kind.value_type)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return digits(value, kind)
    if isinstance(value, decimal.Decimal):
        return f"{value:f}" if value or kind.scale else "0"
    if pa.types.is_timestamp(kind):
        places = {"s": 0, "ms": 3, "us": 6, "ns": 9}[kind.unit]
        seconds, rest = divmod(value, 10 ** places)
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
        return f"{moment:%Y-%m-%d %H:%M:%S}{fraction(rest, places)}{'Z' if kind.tz else ''}"
    if pa.types.is_time(kind):
        places = {"s": 0, "ms": 3, "us": 6, "ns": 9}[kind.unit]
        seconds, rest = divmod(value, 10 ** places)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction(rest, places)}"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            found = value.decode()
            return found if "\0" not in found else "0x" + value.hex()
        except UnicodeDecodeError:
            return "0x" + value.hex()
    if isinstance(value, str):
        return value if "\0" not in value else "0x" + value.encode().hex()
    return str(value)


def plain(column):
    """A column with times as whole numbers, which Python's own times are too coarse for."""
    def cast(kind):
        if pa.types.is_timestamp(kind) or pa.types.is_time64(kind):
            return pa.int64()
        if pa.types.is_time32(kind):
            return pa.int32()
        if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
            return pa.list_(cast(kind.value_type))
        if pa.types.is_map(kind):
            return pa.map_(kind.key_type, cast(kind.item_type))
        if pa.types.is_struct(kind):
            return pa.struct([pa.field(field.name, cast(field.type)) for field in kind])
        return kind
    return column.cast(cast(column.type)).to_pylist()


def lines(table):
    """The lines that a table is printed as."""
    columns = []
    for field in table.schema:
        values = plain(table[field.name])
        for name, leaf in leaves(field.name, field.type):
            columns.append((name, [leaf(value) for value in values]))
    for row in range(table.num_rows):
        cells = []
        for name, values in columns:
            value = values[row]
            if isinstance(value, list):
                value = [item for item in value if item not in ("", None)]
            shown = json.dumps(value, ensure_ascii=False) if value else "null"
            cells.append(f"{json.dumps(name, ensure_ascii=False)}: {shown}")
        yield "{" + ", ".join(cells) + "}"
