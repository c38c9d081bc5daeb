"""One file per metric. Each describes itself, see `ganpkg/evaluation/description.py`."""

from collections import Counter
from importlib import import_module
from pkgutil import iter_modules

from ganpkg.evaluation.description import Group, Level, Metric


def _find() -> tuple[Metric, ...]:
    """
    Raises:
        ValueError: if a file does not have exactly one metric, or two describe the same number.
    """
    metrics = []
    for module in iter_modules(__path__, f"{__name__}."):
        values = vars(import_module(module.name)).values()
        own = [value for value in values if isinstance(value, Metric)]
        if len(own) != 1:
            raise ValueError(f"{module.name}: {len(own)} metrics, expected one with `@metric`")
        metrics += own
    for name, count in Counter(n.name for m in metrics for n in m.numbers).items():
        if count > 1:
            raise ValueError(f"{__name__}: {count} metrics describe {name}")
    groups = list(Group)
    return tuple(sorted(metrics, key=lambda m: (groups.index(m.group), m.order, m.name)))


METRICS = _find()
SET_METRICS = tuple(metric for metric in METRICS if not metric.takes_splits)
SPLIT_METRICS = tuple(metric for metric in METRICS if metric.takes_splits)
NUMBERS = tuple(number for metric in METRICS for number in metric.numbers)
HEADLINES = tuple(number for number in NUMBERS if number.level == Level.HEADLINE)
