"""What a metric says of itself. Table, report, `reports/metrics.json` and MLflow's view of the runs
derive from that.

MLflow's view needs the descriptions alone, so that a metric imports slow libraries, all but NumPy,
in its functions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from fnmatch import fnmatchcase

MIN_SAMPLES = 30  # of a set; with fewer, most metrics do not notice noise or missing classes

LOWER, HIGHER = "lower is better", "higher is better"
AS_REAL, HALF = "as real is best", "0.5 is best"


class Group(StrEnum):
    """The titles under which the report lists the metrics, in its order."""

    DISTANCE = "Distance from the data"
    QUALITY = "Quality and variety"
    CLASSES = "Classes, as the classifier sees them"
    TESTS = "Told apart from reals"
    COPYING = "Copying"
    LIKELIHOOD = "Log-likelihood under a Parzen window, in nats"


class Level(IntEnum):
    """Where a number stands; each level includes those before it."""

    REPORT = 0
    """In the report and in `reports/evaluation.json`."""
    TABLE = 1
    """In the table that `evaluate` prints."""
    HEADLINE = 2
    """In `reports/metrics.json`, MLflow's view of the runs, and on top of the report."""


@dataclass(frozen=True)
class Number:
    name: str
    """`prefix_*` stands for one number per class: `prefix_0` and so on. The report draws bars."""
    about: str
    """A few words for people: what the number is; of a whole metric, what it is measured on."""
    better: str
    """`LOWER`, `HIGHER`, `AS_REAL` or `HALF`."""
    level: Level = Level.REPORT
    control: bool = False
    """Whether metrics.json also has `<name>_control`, that of real samples."""
    spread: bool = False
    """Whether metrics.json also has `<name>_spread`, the standard deviation over the draws."""
    alarm: tuple[float, str] | None = None
    """A value of the generated samples at or below which the report warns, and the warning."""
    details: Mapping[str, str] = field(default_factory=dict)
    """Of a whole metric: suffix -> symbol of what it also returns, as `<name>_<suffix>`."""

    def matches(self, name: str) -> bool:
        return fnmatchcase(name, self.name)


@dataclass(frozen=True)
class Metric:
    """A function with its description.

    It is called with two `Embedded` sets of equal size: real reference samples, and the samples
    to be measured, each in random order (some metrics take parts). It returns named numbers, or
    none where it does not apply.

    A whole metric is called once, with arrays of samples: all generated ones, and the train, valid
    and test splits. It returns each number with its standard error, `<name>_error`.
    """

    function: Callable[..., dict[str, float]]
    group: Group
    order: int
    """Its place in the group; metrics of the same place stand in the order of their names."""
    paper: str
    blind: str
    """What it cannot see, as a sentence."""
    numbers: tuple[Number, ...]
    min_samples: int = MIN_SAMPLES
    """Of a set; with fewer, the metric does not notice noise, shifted data or missing classes
    reliably, and is left out."""
    whole: bool = False

    @property
    def name(self) -> str:
        return self.function.__name__

    def __call__(self, *samples) -> dict[str, float]:
        """
        Raises:
            ValueError: if the function returns a number that the metric does not describe.
        """
        found = {name: float(value) for name, value in self.function(*samples).items()}
        for name in found:
            if not self.describes(name):
                raise ValueError(f"metric {self.name}: returns {name}, but does not describe it")
        return found

    def describes(self, name: str) -> bool:
        """Whether a number of this name is described."""
        parts = {
            f"{number.name}_{suffix}"
            for number in self.numbers
            for suffix in ("error", *number.details)
            if self.whole
        }
        return name in parts or any(number.matches(name) for number in self.numbers)


def metric(*numbers: Number, **description) -> Callable[[Callable], Metric]:
    """Makes a `Metric` of the function below it, which returns these numbers."""
    return lambda function: Metric(function, numbers=numbers, **description)
