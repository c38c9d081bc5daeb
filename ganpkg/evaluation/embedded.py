"""Samples as the metrics see them."""

from dataclasses import dataclass, field, fields

import numpy as np

from ganpkg.kinds import Kind
from ganpkg.kinds.images import Images


@dataclass(frozen=True, eq=False)
class Embedded:
    features: np.ndarray
    """(n, features) float64, as `features.py` says."""
    probabilities: np.ndarray
    """(n, classes): what the classifier gives each class; (n, 0) where there are no labels."""
    taken_for_real: np.ndarray | None
    """(n,) the discriminator's answers, true or false; None of a critic, which gives none."""
    labels: np.ndarray | None = None
    """(n,) the class of each real sample, or that which was asked for; None if none was."""
    rows: np.ndarray | None = None
    """(n, columns) the samples themselves, where `Kind.to_rows` gives them."""
    kind: Kind = field(default_factory=Images)
    train: "Embedded | None" = None
    """The whole train split, where copies would come from."""

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, which: np.ndarray) -> "Embedded":
        """Some of them, by their numbers."""
        values = (getattr(self, field.name) for field in fields(self))
        return Embedded(*(v[which] if isinstance(v, np.ndarray) else v for v in values))

    def __add__(self, other: "Embedded") -> "Embedded":
        """Those of two sets, one after the other."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Embedded(
            *(np.concatenate(p) if isinstance(p[0], np.ndarray) else p[0] for p in pairs)
        )

    @property
    def class_count(self) -> int:
        """How many classes there are; 0 where there are no labels."""
        return self.probabilities.shape[1]

    @property
    def classes(self) -> np.ndarray:
        """(n,) the likeliest class of each sample."""
        return self.probabilities.argmax(axis=1)
