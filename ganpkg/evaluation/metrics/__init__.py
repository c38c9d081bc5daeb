"""A metric a file. Each describes itself (`ganpkg/evaluation/metric.py`) and is found here."""

from importlib import import_module
from pkgutil import iter_modules

from ganpkg.evaluation.metric import Group, Metric


def _find() -> tuple[Metric, ...]:
    """
    Raises:
        ValueError: if a file has not exactly one metric, or two describe the same number.
    """
    found = []
    for module in iter_modules(__path__, f"{__name__}."):
        values = vars(import_module(module.name)).values()
        metrics = [value for value in values if isinstance(value, Metric)]
        if len(metrics) != 1:
            raise ValueError(f"{module.name}: {len(metrics)} metrics, expected one with `@metric`")
        found += metrics
    names = [number.name for metric in found for number in metric.numbers]
    for name in set(names):
        if names.count(name) > 1:
            raise ValueError(f"{__name__}: {names.count(name)} metrics describe {name}")
    groups = list(Group)
    return tuple(sorted(found, key=lambda m: (groups.index(m.group), m.order, m.name)))


METRICS = _find()
NUMBERS = tuple(number for metric in METRICS for number in metric.numbers)
