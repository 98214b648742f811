"""The rows that every peer trains on, as `deepfm bench data` wrote them."""
import numpy as np

FACTORS = 10
HIDDEN = (400, 400, 400)
LEARNING_RATE = 1e-3


class Rows:
    """Rows shaped like Criteo's. Nine tenths are for training, the last tenth is held out.

    ids: int32 [rows, fields] in one numbering over all fields; labels: float32 [rows];
    cardinalities: int64 [fields].
    """

    def __init__(self, folder, count=None):
        self.ids = np.load(f"{folder}/ids.npy")[:count]
        self.labels = np.load(f"{folder}/labels.npy")[:count]
        self.cardinalities = np.load(f"{folder}/cardinalities.npy")
        self.trained = len(self.labels) - len(self.labels) // 10

    @property
    def fields(self):
        return self.ids.shape[1]

    @property
    def features(self):
        return int(self.cardinalities.sum())

    @property
    def first_ids(self):
        """The id of each field's first value."""
        return np.concatenate([[0], np.cumsum(self.cardinalities)[:-1]]).astype(np.int32)

    @property
    def field_ids(self):
        """The ids counted from 0 in each field: what other toolkits call a label encoding."""
        return self.ids - self.first_ids

    def request(self, number, items):
        """One user's items: the first half of the fields is one row's, the others' are their own."""
        first = number * items % max(len(self.labels) - items, 1)
        ids = self.ids[first:first + items].copy()
        ids[:, :self.fields // 2] = ids[0, :self.fields // 2]
        return ids
