"""A set of samples as the metrics see it."""

from dataclasses import dataclass, field, fields

import numpy as np

from ganpkg.kinds import Kind
from ganpkg.kinds.images import Images


@dataclass(frozen=True, eq=False)
class SampleSet:
    features: np.ndarray
    """(n, features) float64, see `features.py`."""
    probabilities: np.ndarray
    """(n, classes), the classifier's class probabilities; (n, 0) without labels."""
    decisions: np.ndarray | None
    """(n,) bool, True where the discriminator takes a sample for real; None for a critic."""
    labels: np.ndarray | None = None
    """(n,), the class of each real sample or the class requested from the generator, if any."""
    rows: np.ndarray | None = None
    """(n, columns), the samples themselves, if `Kind.to_rows` returns them."""
    kind: Kind = field(default_factory=Images)
    train: "SampleSet | None" = None
    """The whole train split, in which copied samples would be found."""

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, indices: np.ndarray | slice) -> "SampleSet":
        values = (getattr(self, field.name) for field in fields(self))
        return SampleSet(*(v[indices] if isinstance(v, np.ndarray) else v for v in values))

    def __add__(self, other: "SampleSet") -> "SampleSet":
        """The two sets, concatenated."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return SampleSet(
            *(np.concatenate(p) if isinstance(p[0], np.ndarray) else p[0] for p in pairs)
        )

    @property
    def class_count(self) -> int:
        """The number of classes; 0 without labels."""
        return self.probabilities.shape[1]

    @property
    def predicted_classes(self) -> np.ndarray:
        """(n,), the most probable class of each sample."""
        return self.probabilities.argmax(axis=1)
