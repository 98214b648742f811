#!/usr/bin/env python3
"""movielens_days.py FOLDER: prints MovieLens-100k in the order of time, a CSV with a column of time.

FOLDER is what scripts/movielens.sh prints. label = rating > 3; users and items joined, as `deepfm demo` does.
For `deepfm days --schema Benchmarks/experiments/movielens-days.yaml`.
"""

import csv
import sys


def table(path):
    with open(path, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    names = [name.split(":")[0] for name in lines[0]]
    return [dict(zip(names, line, strict=True)) for line in lines[1:]]


def main():
    folder = sys.argv[1]
    users = {row["user_id"]: row for row in table(f"{folder}/ml-100k.user")}
    items = {row["item_id"]: row for row in table(f"{folder}/ml-100k.item")}
    ratings = table(f"{folder}/ml-100k.inter")
    ratings.sort(key=lambda row: (float(row["timestamp"]), row["user_id"], row["item_id"]))
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow("label user item age gender occupation zip year genres time".split())
    for row in ratings:
        user, item = users[row["user_id"]], items[row["item_id"]]
        out.writerow([
            int(float(row["rating"]) > 3), row["user_id"], row["item_id"], user["age"], user["gender"],
            user["occupation"], user["zip_code"], item["release_year"], "|".join(item["class"].split()),
            int(float(row["timestamp"]))])


if __name__ == "__main__":
    main()
