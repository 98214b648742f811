"""Click models of DeepFM and its kin, trained through OpenCL on GPUs and CPUs.

    from deepfm import DeepFM

    model = DeepFM(model="deepfm-d", epochs=5).fit(X, y)
    probabilities = model.predict_proba(X_new)[:, 1]

``X`` may be a pandas or polars DataFrame, a pyarrow Table, Dataset or RecordBatchReader, anything with the
Arrow C stream interface, a dict of NumPy arrays, a NumPy array, an iterator of any of these, or the path of a
log.
"""

from ._estimator import DeepFM
from ._library import DeepFMError, DeviceError, InputError
from ._library import version as _version
from ._model import Event, Model, devices, load, rows, settings

__version__ = _version()
__all__ = [
    "DeepFM",
    "DeepFMError",
    "DeviceError",
    "Event",
    "InputError",
    "Model",
    "devices",
    "load",
    "rows",
    "settings",
]
