#!/usr/bin/env python3
"""movielens.py FOLDER [--csv FOLDER]: DeepFM on MovieLens-100k from Python; a click is a rating over 3.

FOLDER has RecBole's ml-100k.inter, .user and .item (scripts/movielens.sh fetches them). --csv also writes the
three parts as logs for the command. Needs polars: pip install deepfm polars
"""

import argparse
from pathlib import Path

import polars as pl
from deepfm import DeepFM


def read(path: Path) -> pl.DataFrame:
    """A table of text, whose header names each column with its type, as in user_id:token."""
    table = pl.read_csv(path, separator="\t", infer_schema=False, quote_char=None)
    return table.rename({name: name.split(":")[0] for name in table.columns})


def joined(folder: Path) -> pl.DataFrame:
    """A row for each rating, with what is known of its user and its film."""
    ratings, users, films = (read(folder / f"ml-100k.{kind}") for kind in ("inter", "user", "item"))
    rows = ratings.join(users, on="user_id", maintain_order="left").join(
        films, on="item_id", maintain_order="left"
    )
    return rows.select(
        click=pl.col("rating").cast(pl.Float64) > 3,
        user="user_id",
        item="item_id",
        age="age",
        gender="gender",
        occupation="occupation",
        zip="zip_code",
        year="release_year",
        genres=pl.col("class").str.split(" "),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--epochs", type=int, default=4)
    arguments = parser.parse_args()

    rows = joined(arguments.folder).sample(fraction=1, shuffle=True, seed=1)
    parts = {"train": rows[:80_000], "valid": rows[80_000:90_000], "test": rows[90_000:]}
    if arguments.csv:
        for name, part in parts.items():
            part.with_columns(pl.col("click").cast(pl.Int8), pl.col("genres").list.join("|")).write_csv(
                arguments.csv / f"{name}.csv"
            )

    model = DeepFM(model="deepfm-d", epochs=arguments.epochs, verbose=True)
    model.fit(parts["train"], "click", validation=parts["valid"], test=parts["test"])
    print(f"test AUC {model.test_['auc']!r}, LogLoss {model.test_['log_loss']!r}")

    # The films that a user may like, of those in the test rows.
    films = parts["test"].unique("item", maintain_order=True)
    someone = parts["test"][0]
    candidates = films.with_columns(
        pl.lit(someone[name][0]).alias(name) for name in ("user", "age", "gender", "occupation", "zip")
    )
    likes = candidates.with_columns(probability=model.predict_proba(candidates)[:, 1])
    print(
        likes.sort("probability", descending=True)
        .select("user", "item", "year", "genres", "probability")
        .head(5)
    )


if __name__ == "__main__":
    main()
