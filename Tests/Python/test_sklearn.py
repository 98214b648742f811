"""scikit-learn's conventions: its own checks, pipelines, searches and cross-validation."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from deepfm import DeepFM
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from test_estimator import SMALL, X, Y

# What does not hold, and why.
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "a row that stands twice is two rows of a batch: other "
    "batches, another order, another model",
}


@parametrize_with_checks(
    [DeepFM(hidden=[8], epochs=2, unchecked=True)], expected_failed_checks=lambda _: EXPECTED
)
def test_the_checks_of_scikit_learn_pass(estimator, check):
    check(estimator)


def test_a_grid_is_searched_over_settings():
    frame = pd.DataFrame(X)
    search = GridSearchCV(
        DeepFM(**SMALL),
        {"model": ["lr", "deepfm-d"], "embedding_size": [2, 4]},
        scoring="roc_auc",
        cv=2,
        n_jobs=1,
    )
    search.fit(frame, Y)
    assert len(search.cv_results_["mean_test_score"]) == 4
    assert search.best_score_ > 0.55
    assert search.best_estimator_.model_.facts["model"] == search.best_params_["model"]


def test_a_search_in_processes_finds_the_same():
    grid = {"embedding_size": [2, 4]}
    found = [
        GridSearchCV(DeepFM(**SMALL), grid, scoring="roc_auc", cv=2, n_jobs=jobs).fit(pd.DataFrame(X), Y)
        for jobs in (1, 2)
    ]
    assert (found[0].cv_results_["mean_test_score"] == found[1].cv_results_["mean_test_score"]).all()


def test_cross_validation_scores_by_any_measure():
    for frame in (pd.DataFrame(X), pl.DataFrame(X)):
        scores = cross_val_score(DeepFM(**SMALL), frame, Y, scoring="neg_log_loss", cv=3)
        assert scores.shape == (3,) and (scores > -0.8).all()


def test_it_is_a_step_of_a_pipeline():
    scaled = make_column_transformer(
        (StandardScaler(), ["age"]), remainder="passthrough", verbose_feature_names_out=False
    )
    pipeline = make_pipeline(scaled.set_output(transform="pandas"), DeepFM(**SMALL))
    pipeline.fit(pd.DataFrame(X), Y)
    assert roc_auc_score(Y, pipeline.predict_proba(pd.DataFrame(X))[:, 1]) > 0.7


def test_clones_and_parameters():
    model = DeepFM(**SMALL, numeric=["item"])
    assert clone(model).get_params() == model.get_params()
    assert model.set_params(epochs=7).epochs == 7
    with pytest.raises(ValueError, match="epoch"):
        model.set_params(epoch=7)


def test_score_is_the_share_of_rows_whose_label_is_predicted():
    model = DeepFM(**SMALL).fit(X, Y)
    assert model.score(X, Y) == np.mean(model.predict(X) == Y)
