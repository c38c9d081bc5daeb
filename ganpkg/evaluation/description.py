"""How a metric describes itself. The console table, the report, `reports/metrics.json` and MLflow's
view of the runs are derived from the descriptions.

MLflow's view reads only the descriptions, so a metric imports every slow library except NumPy
inside its functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from fnmatch import fnmatchcase

MIN_SAMPLES = 30  # per set; with fewer, most metrics do not detect noise or missing classes

LOWER, HIGHER = "lower is better", "higher is better"
AS_REAL, HALF = "as real is best", "0.5 is best"


class Group(StrEnum):
    """The headings under which the report lists the metrics, in order."""

    DISTANCE = "Distance from the data"
    QUALITY = "Quality and variety"
    CLASSES = "Classes, according to the classifier"
    TESTS = "Two-sample tests"
    COPYING = "Copying"
    INCEPTION = "Comparable with papers: in the features of Inception"
    LIKELIHOOD = "Log-likelihood under a Parzen window, in nats"


class Level(IntEnum):
    """Where a number appears; each level includes those before it."""

    REPORT = 0
    """In the report and in `reports/evaluation.json`."""
    TABLE = 1
    """In the table that `evaluate` prints."""
    HEADLINE = 2
    """In `reports/metrics.json`, in MLflow's view of the runs, and at the top of the report."""


@dataclass(frozen=True)
class Number:
    name: str
    """`prefix_*` stands for one number per class, `prefix_0` and so on, which the report plots."""
    description: str
    """What the number is, in a few words. If the metric takes splits: what it is computed on."""
    goal: str
    """`LOWER`, `HIGHER`, `AS_REAL` or `HALF`."""
    level: Level = Level.REPORT
    control: bool = False
    """Whether metrics.json also has `<name>_control`, computed on real samples."""
    spread: bool = False
    """Whether metrics.json also has `<name>_spread`, the standard deviation over the draws."""
    alarm: tuple[float, str] | None = None
    """(threshold, warning): the report warns if the generated samples do not exceed it."""
    details: Mapping[str, str] = field(default_factory=dict)
    """Suffix -> symbol of further results `<name>_<suffix>`, if the metric takes splits."""

    def matches(self, name: str) -> bool:
        return fnmatchcase(name, self.name)


@dataclass(frozen=True)
class Metric:
    """A function with its description.

    The function takes two instances of `SampleSet` of equal size, real reference samples and the
    samples to measure, each in random order (some metrics use a part). It returns named numbers,
    or none where it does not apply.

    With `takes_splits` the function is called once, with arrays: all generated samples, and the
    train, valid and test splits. It returns each number, and its standard error, `<name>_error`, if
    it has one.
    """

    function: Callable[..., dict[str, float]]
    group: Group
    order: int
    """The position in the group; ties are ordered by name."""
    paper: str
    blind_spot: str
    """What the metric cannot detect, as a sentence."""
    numbers: tuple[Number, ...]
    min_samples: int = MIN_SAMPLES
    """Per set. With fewer the metric does not reliably detect noise, shifted data or missing
    classes, and is left out."""
    takes_splits: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__

    def __call__(self, *samples) -> dict[str, float]:
        """
        Raises:
            ValueError: if the function returns a number that the metric does not describe.
        """
        results = {name: float(value) for name, value in self.function(*samples).items()}
        for name in results:
            if not self.describes(name):
                raise ValueError(f"metric {self.name}: returns {name}, but does not describe it")
        return results

    def describes(self, name: str) -> bool:
        """Whether the metric describes a number of this name."""
        if any(number.matches(name) for number in self.numbers):
            return True
        return self.takes_splits and name in {
            f"{number.name}_{suffix}"
            for number in self.numbers
            for suffix in ("error", *number.details)
        }


def metric(*numbers: Number, **description) -> Callable[[Callable], Metric]:
    """Decorates a function that returns these numbers, and makes it a `Metric`."""
    return lambda function: Metric(function, numbers=numbers, **description)
