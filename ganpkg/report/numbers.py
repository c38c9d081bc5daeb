"""The numbers of `reports/evaluation.json` as rows of a table for people."""

from collections.abc import Iterator
from typing import NamedTuple

LOW, HIGH, REAL, HALF = "lower is better", "higher is better", "as real is best", "0.5 is best"
FAR_BELOW_ZERO = -3.0  # of a z-score

GROUPS = {
    "Distance from the data": {
        "fid": ("Fréchet distance of the features", LOW),
        "kid": ("kernel distance of the features", LOW),
        "sliced_wasserstein": ("sliced Wasserstein distance of the scaled rows", LOW),
        "column_distance": ("Kolmogorov-Smirnov distance of the worst column", LOW),
    },
    "Quality and variety": {
        "precision": ("share of samples that lie among the reals", REAL),
        "recall": ("share of reals that lie among the samples; blind to noise", REAL),
        "density": ("how densely the reals lie around a sample", REAL),
        "coverage": ("share of reals with a sample nearby", REAL),
        "modes_found": ("modes with a fair share of good samples", HIGH),
        "high_quality_share": ("share of samples within three deviations of a mode", REAL),
    },
    "Classes, as the classifier sees them": {
        "classes_covered": ("classes with samples", HIGH),
        "class_kl": ("divergence of the class shares, in nats", LOW),
        "classifier_score": ("sure of each sample, varied over all: at most the classes", HIGH),
        "asked_class_accuracy": ("share of samples of the class that was asked for", HIGH),
    },
    "Told apart from reals": {
        "told_apart_accuracy": ("by a network trained to do so", HALF),
        "neighbour_accuracy_real": ("reals, by their nearest neighbour", HALF),
        "neighbour_accuracy_fake": ("samples, by their nearest neighbour", HALF),
        "discriminator_accuracy_real": ("reals, by the discriminator", HALF),
        "discriminator_accuracy_fake": ("samples, by the discriminator", HALF),
    },
    "Copying": {
        "copying_c_t": ("a z-score: far below 0 are copies of the train split", REAL),
        "neighbour_distance_ratio": ("nearest to second nearest training sample: 0 copies", REAL),
    },
}  # fmt: skip
HEADLINE = (
    "fid", "modes_found", "high_quality_share", "precision", "coverage", "classes_covered",
    "asked_class_accuracy", "copying_c_t", "column_distance",
)  # fmt: skip
STRIP = 100.0  # the width over which a row's numbers are spread


class Cell(NamedTuple):
    value: float
    spread: float
    """The standard deviation over the draws."""


class Row(NamedTuple):
    name: str
    about: str
    better: str
    cells: dict[str, Cell]
    """Of each set of samples."""
    places: dict[str, float]
    """Where each number lies between the least, 0, and the greatest, 100."""


def grouped(evaluation: dict) -> Iterator[tuple[str, list[Row]]]:
    """The groups that have numbers, with their rows."""
    for title, metrics in GROUPS.items():
        rows = [
            _row(evaluation, name, *words)
            for name, words in metrics.items()
            if name in evaluation["numbers"]
        ]
        if rows:
            yield title, rows


def headline(evaluation: dict) -> list[tuple[str, float, float]]:
    """(name, the generator's, the real control's) of what is looked at first."""
    numbers = evaluation["numbers"]
    return [
        (name, numbers[name]["generated"], numbers[name]["real"])
        for name in HEADLINE
        if "real" in numbers.get(name, {})
    ]


def class_shares(evaluation: dict) -> dict[str, list[float]]:
    """For samples and reals, the share of each class; empty where there are no labels."""
    shares = [of for name, of in evaluation["numbers"].items() if name.startswith("class_share_")]
    if not shares:
        return {}
    return {which: [of[which] for of in shares] for which in ("generated", "real")}


def copies(evaluation: dict) -> str | None:
    """A warning, if the samples lie closer to the train split than fresh reals do."""
    score = evaluation["numbers"].get("copying_c_t", {}).get("generated", 0.0)
    if score > FAR_BELOW_ZERO:
        return None
    return f"copying_c_t {score:.1f}: samples lie closer to the train split than fresh reals do"


def _row(evaluation: dict, name: str, about: str, better: str) -> Row:
    numbers = evaluation["numbers"][name]
    cells = {of: Cell(value, evaluation["spreads"][name][of]) for of, value in numbers.items()}
    low, high = min(numbers.values()), max(numbers.values())
    width = STRIP / (high - low) if high > low else 0.0
    places = {of: (value - low) * width for of, value in numbers.items()}
    return Row(name, about, better, cells, places)
