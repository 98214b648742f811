"""The estimator: forms of rows, labels, errors, events, and models that go from here to the command and
back."""

import ctypes
import inspect
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import deepfm
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import pytest
from deepfm import DeepFM

SMALL = {"hidden": [8, 8], "epochs": 4, "batch_size": 64, "learning_rate": 0.02, "unchecked": True}


def made(rows=2000, seed=1):
    """Rows whose clicks depend on the user, and a little on item and age."""
    chance = np.random.default_rng(seed)
    user, item, age = chance.integers(0, 30, rows), chance.integers(0, 20, rows), chance.normal(40, 9, rows)
    rate = np.where(user % 3 == 0, 0.8, 0.2) + 0.002 * (age - 40) + 0.1 * (item % 4 == 1)
    X = {"user": np.array([f"u{number}" for number in user]), "item": item, "age": age}
    return X, (chance.random(rows) < rate).astype(int)


X, Y = made()


@pytest.fixture(scope="module")
def fitted():
    return DeepFM(**SMALL).fit(X, Y)


def test_a_click_model_learns(fitted):
    assert 100 < fitted.validation_["rows"] < 300
    assert fitted.evaluate(X, Y)["auc"] > 0.7
    assert list(fitted.classes_) == [0, 1]
    assert fitted.predict_proba(X).shape == (2000, 2)
    assert np.allclose(fitted.predict_proba(X).sum(axis=1), 1)
    assert fitted.score(X, Y) > 0.6
    assert fitted.model_.facts["fields"] == ["user", "item", "age"]


def forms():
    frame = pl.DataFrame(X)
    table = frame.to_arrow()
    return {
        "polars": frame,
        "lazy": frame.lazy(),
        "pandas": frame.to_pandas(),
        "table": table,
        "categories": frame.with_columns(pl.col("user").cast(pl.Categorical)),
        "pandas categories": frame.to_pandas().astype({"user": "category"}),
        "small numbers": frame.with_columns(pl.col("item").cast(pl.UInt8)),
        "pieces": pa.concat_tables([table[:777], table[777:778], table[778:]]),
        "another order": frame.select("age", "item", "user"),
        "more columns": frame.with_columns(other=pl.lit("x")),
    }


@pytest.mark.parametrize("form", forms())
def test_rows_of_every_form_get_the_same_predictions(fitted, form):
    expected = fitted.predict_proba(X)
    assert (fitted.predict_proba(forms()[form]) == expected).all()
    batches = forms()[form]
    if form == "table":
        assert (fitted.predict_proba(batches.to_reader(max_chunksize=100)) == expected).all()
        assert (fitted.predict_proba(iter(batches.to_batches(max_chunksize=300))) == expected).all()
        assert (fitted.predict_proba(pa.dataset.dataset(batches)) == expected).all()
        assert (fitted.predict_proba(batches.to_batches()[0]) == expected).all()


def test_training_on_any_form_gives_the_same_model(fitted):
    for form in ("polars", "pandas", "pieces"):
        assert DeepFM(**SMALL).fit(forms()[form], Y).model_.to_bytes() == fitted.model_.to_bytes()


def test_an_iterator_of_batches_is_trained_on():
    parts = [
        {name: values[start : start + 500] for name, values in X.items()} for start in range(0, 2000, 500)
    ]
    expected = DeepFM(**SMALL).fit(X, Y).validation_
    for batches in (parts, map(pl.DataFrame, parts), map(pa.table, parts)):
        assert DeepFM(**SMALL).fit(iter(batches), Y).validation_ == expected


def test_labels_may_be_a_column_of_any_two_values(fitted):
    frame = pl.DataFrame(X).with_columns(click=pl.Series(Y))
    named = DeepFM(**SMALL).fit(frame, "click")
    assert named.validation_ == fitted.validation_
    assert DeepFM(**SMALL).fit(frame).validation_ == fitted.validation_
    words = np.where(Y == 1, "yes", "no")
    spoken = DeepFM(**SMALL).fit(X, words)
    assert list(spoken.classes_) == ["no", "yes"]
    assert set(spoken.predict(X)) <= {"no", "yes"}
    assert (spoken.predict_proba(X) == fitted.predict_proba(X)).all()
    with pytest.raises(ValueError, match="multiclass"):
        DeepFM(**SMALL).fit(X, np.arange(2000) % 3)


def test_weights_count():
    weights = np.where(Y == 1, 3.0, 1.0)
    plain, weighted = DeepFM(**SMALL).fit(X, Y), DeepFM(**SMALL).fit(X, Y, weights)
    assert weighted.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean() + 0.1
    named = DeepFM(**SMALL).fit({**X, "w": weights, "click": Y}, "click", "w")
    assert named.validation_ == weighted.validation_


def test_validation_and_test_rows_are_judged():
    other, clicks = made(700, seed=2)
    model = DeepFM(**SMALL).fit(X, Y, validation=(other, clicks), test=(other, clicks))
    assert model.validation_["rows"] == 700
    assert model.test_["auc"] == model.validation_["auc"] == model.evaluate(other, clicks)["auc"]


def test_numbers_lists_and_overrides_become_fields():
    frame = pl.DataFrame(X).with_columns(tags=pl.Series([["a", "b"], ["c"]] * 1000), words=pl.lit("x|y"))
    kinds = {
        field["name"]: field.get("kind", "categorical")
        for field in json.loads(json.dumps(_fields(DeepFM(**SMALL).fit(frame, Y))))
    }
    assert kinds == {
        "user": "categorical",
        "item": "categorical",
        "age": "numeric",
        "tags": "multivalued",
        "words": "multivalued",
    }
    kinds = {
        field["name"]: field.get("kind", "categorical")
        for field in _fields(DeepFM(**SMALL, numeric=["item"], categorical=["age"]).fit(X, Y))
    }
    assert kinds == {"user": "categorical", "item": "numeric", "age": "categorical"}
    with pytest.raises(ValueError, match=r"\['nothing'\] as numeric"):
        DeepFM(numeric=["nothing"]).fit(X, Y)


def _fields(model):
    """The fields of a model's schema, which is YAML of a simple form."""
    fields = []
    for line in model.model_.facts["schema"].splitlines():
        key, _, value = line.strip().removeprefix("- ").partition(": ")
        if line.startswith("- "):
            fields.append({})
        if fields and line.startswith(("- ", "  ")):
            fields[-1][key] = value
    return fields


def test_a_schema_may_be_a_mapping_yaml_a_path_or_a_name(tmp_path):
    mapping = {"label": "click", "fields": [{"name": "user"}, {"name": "age", "kind": "numeric"}]}
    text = "label: click\nfields:\n- name: user\n- {name: age, kind: numeric}\n"
    (tmp_path / "schema.yaml").write_text(text)
    rows = {**X, "click": Y}
    models = [
        DeepFM(**SMALL, schema=schema).fit(rows).model_.to_bytes()
        for schema in (mapping, text, tmp_path / "schema.yaml", str(tmp_path / "schema.yaml"))
    ]
    assert models.count(models[0]) == 4
    assert DeepFM(**SMALL, schema=mapping).fit(X, Y).model_.to_bytes() == models[0]
    with pytest.raises(deepfm.InputError, match="no-such-schema: "):
        DeepFM(schema="no-such-schema").fit(rows)


def test_errors_are_the_commands():
    with pytest.raises(deepfm.InputError, match="X: found no fields beside label"):
        DeepFM(**SMALL).fit({"click": Y})
    with pytest.raises(deepfm.InputError, match=r'found dropout "2", expected a number from 0 to below 1'):
        DeepFM(dropout=2).fit(X, Y)
    with pytest.raises(deepfm.InputError, match="expected one of lr, fm"):
        DeepFM(model="no such").fit(X, Y)
    with pytest.raises(deepfm.InputError, match='X, row 3: found label "maybe"'):
        DeepFM(**SMALL).fit(
            {"a": np.array(["x", "y", "z", "z"]), "click": np.array(["1", "0", "maybe", "1"])}
        )
    with pytest.raises(deepfm.InputError, match='X, row 2: found "inf" in column "a", expected a number'):
        DeepFM(**SMALL).fit({"a": np.array([1, np.inf, 2]), "click": np.array([1, 0, 1])})
    with pytest.raises(ValueError, match='column "a": .*surrogates not allowed'):
        DeepFM(**SMALL).fit({"a": np.array(["\ud800"] * 2000, object)}, Y)
    with pytest.raises(deepfm.InputError, match="nowhere.csv"):
        DeepFM().fit("nowhere.csv")
    with pytest.raises(deepfm.DeviceError):
        DeepFM(**SMALL, device="no such device").fit(X, Y)
    with pytest.raises(deepfm.InputError, match="found something else, expected a model file"):
        deepfm.load(__file__)
    with pytest.raises(Exception, match="not fitted"):
        DeepFM().predict(X)


def test_parameters_are_the_settings_of_the_library():
    parameters = inspect.signature(DeepFM.__init__).parameters
    own = {"self", "schema", "numeric", "categorical", "device", "unchecked", "verbose"}
    assert [name for name in parameters if name not in own] == [
        setting["name"] for setting in deepfm.settings()
    ]
    changed = deepfm.settings(model="lr", learning_rate=0.25)
    assert {setting["name"]: setting["value"] for setting in changed}["learning_rate"] == "0.25"


def test_a_device_is_checked_before_it_first_trains(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    checked = {**SMALL, "unchecked": False}

    def notes(**more):
        events = DeepFM(**checked, **more).fit_iter(X, Y)
        return [event.text for event in events if event.kind == "note" and event.text.startswith("device ")]

    assert notes()[0].startswith("device checked against the reference: errors up to ")
    assert notes()[0].startswith("device checked against the reference on ")
    assert not notes(device="reference")

    def command(code):
        words = [sys.executable.encode(), b"-c", code]
        return (ctypes.c_char_p * 4)(*words, None)

    # A driver that crashes, and one that is wrong.
    wrong = json.dumps({"fault": "the loss is off", "largestShare": 9, "seconds": 0})
    for code, said in [
        (b"import os; os.abort()", "crash"),
        (f"print({wrong!r})".encode(), "the loss is off"),
    ]:
        monkeypatch.setattr("deepfm._model._check_command", lambda code=code: command(code))
        with pytest.raises(deepfm.DeviceError, match=said):
            DeepFM(**{**checked, "hidden": [9]}).fit(X, Y)


def test_events_come_while_it_trains():
    model, kinds = DeepFM(**SMALL, patience=0), []
    for event in model.fit_iter(X, Y):
        kinds.append(event.kind)
        assert str(event)
        if event.kind == "epoch":
            assert event.validation["auc"] > 0.5
            assert 1 <= event.epoch <= 4
    assert kinds[:2] == ["encoded", "started"] and kinds[-1] == "stopped" and kinds.count("epoch") == 4
    assert model.stopped_ == "all epochs made"
    told = []
    DeepFM(**SMALL, patience=0).fit(X, Y, callback=told.append)
    assert [event.kind for event in told] == kinds


def test_leaving_off_keeps_the_best_so_far(fitted):
    endless = DeepFM(**{**SMALL, "epochs": 10_000, "patience": 0})
    for event in endless.fit_iter(X, Y):
        if event.kind == "epoch":
            break
    assert endless.stopped_ == "cancelled" and endless.best_epoch_ >= 1
    assert endless.predict_proba(X).shape == (2000, 2)
    endless.fit(X, Y, callback=lambda event: event.kind != "epoch")
    assert endless.stopped_ == "cancelled"

    def fail(event):
        if event.kind == "epoch":
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        endless.fit(X, Y, callback=fail)
    assert endless.best_epoch_ >= 1


def test_control_c_keeps_the_best_so_far():
    program = """
import sys
sys.path.insert(0, sys.argv[1])
from test_estimator import DeepFM, SMALL, X, Y
model = DeepFM(**{**SMALL, "epochs": 100_000, "patience": 0})
try:
    model.fit(X, Y, callback=lambda event: print(event.kind, flush=True) if event.kind == "epoch" else None)
except KeyboardInterrupt:
    print("kept", model.best_epoch_, model.stopped_, model.predict_proba(X).shape)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", program, os.path.dirname(__file__)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "epoch\n"
    child.send_signal(signal.SIGINT)
    rest = child.communicate(timeout=60)[0].splitlines()
    assert rest[-1].startswith("kept ") and rest[-1].endswith("cancelled (2000, 2)")
    assert child.returncode == 0


def test_the_interpreter_goes_on_while_it_trains():
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    began = time.monotonic()
    DeepFM(**{**SMALL, "epochs": 20, "patience": 0}).fit(X, Y)
    ended = time.monotonic()
    done.set()
    thread.join()
    inside = [moment for moment in ticks if began < moment < ended]
    assert len(inside) > 20


def test_threads_may_share_a_model(fitted):
    expected, found = fitted.predict_proba(X), []
    threads = [threading.Thread(target=lambda: found.append(fitted.predict_proba(X))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all((each == expected).all() for each in found)


def test_pickle_keeps_all_of_it():
    words = np.where(Y == 1, "yes", "no")
    model = DeepFM(**SMALL).fit(X, words)
    other = pickle.loads(pickle.dumps(model))
    assert (other.predict(X) == model.predict(X)).all()
    assert other.model_.to_bytes() == model.model_.to_bytes()
    assert other.get_params() == model.get_params()


def test_training_goes_on_from_a_model(fitted):
    more = DeepFM(**SMALL).fit(X, Y, start=fitted)
    assert more.validation_["auc"] >= fitted.validation_["auc"]
    assert more.model_.facts["features"] == fitted.model_.facts["features"]


def test_no_rows_have_no_predictions(fitted):
    assert fitted.predict_proba(pl.DataFrame(X)[:0]).shape == (0, 2)


def test_what_was_not_seen_and_what_is_missing_is_predicted(fitted):
    strange = {
        "user": np.array(["new", None], object),
        "item": np.array([-1, 5]),
        "age": np.array([np.nan, 1e300]),
    }
    with pytest.raises(deepfm.InputError):
        fitted.predict_proba(strange)
    strange["age"][1] = 1e30
    assert np.isfinite(fitted.predict_proba(strange)).all()


@pytest.mark.skipif("DEEPFM" not in os.environ, reason="DEEPFM does not name the command")
def test_models_go_to_the_command_and_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*words):
        return subprocess.run(
            [os.environ["DEEPFM"], *map(str, words)], check=True, capture_output=True, text=True
        ).stdout

    frame = pl.DataFrame(X).with_columns(click=pl.Series(Y))
    for name, write in (("log.csv", frame.write_csv), ("log.parquet", frame.write_parquet)):
        write(tmp_path / name)
        flags = ["--hidden", "8,8", "--epochs", 4, "--batch-size", 64, "--learning-rate", 0.02, "--unchecked"]
        (tmp_path / "schema.yaml").write_text(
            "label: click\nfields:\n- name: user\n- name: item\n- {name: age, kind: numeric}\n"
        )
        run("train", "--train", name, "--schema", "schema.yaml", "--out", f"run-{name}", *flags)
        ours = DeepFM(**SMALL, schema="schema.yaml").fit(name)
        ours.save_run(tmp_path / f"ours-{name}")
        ours.save(tmp_path / "ours.deepfm")
        theirs = (tmp_path / f"run-{name}" / "model.deepfm").read_bytes()
        assert (tmp_path / "ours.deepfm").read_bytes() == theirs
        for file in ("model.deepfm", "config.yaml"):
            assert (tmp_path / f"ours-{name}" / file).read_bytes() == (
                tmp_path / f"run-{name}" / file
            ).read_bytes()
        # The same rows in memory: the same numbers, in a model that remembers where its columns came from.
        memory = DeepFM(**SMALL, schema="schema.yaml").fit(frame)
        assert memory.history_ == ours.history_
        found = [float(line) for line in run("predict", f"run-{name}", name).split()]
        for model in (ours, memory, deepfm.load(tmp_path / f"run-{name}")):
            assert [float(f"{p:.9g}") for p in model.predict_proba(frame)[:, 1]] == [
                float(f"{np.float32(p):.9g}") for p in found
            ]
        memory.save(tmp_path / "memory.deepfm")
        assert run("predict", "memory.deepfm", name) == run("predict", f"run-{name}", name)
