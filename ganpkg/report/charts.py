"""Charts of the report as SVG. Equal data makes equal bytes."""

import io
from collections.abc import Iterator

import pandas as pd
from matplotlib import style
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

SIZE = 5.2, 2.9  # inches
MAX_HORIZONTAL = 3  # letters; longer class names are written vertically
COLOURS = ["#1f6feb", "#2a9d67", "#d1495b"]
CURVES = {
    "Losses": ("d_loss_real", "d_loss_fake", "g_loss"),
    "Accuracies of the discriminator": ("d_accuracy_real", "d_accuracy_fake"),
    "Diversity of the samples (real samples: 1)": ("diversity",),
    "Estimated Wasserstein distance": ("wasserstein_distance",),
    "Probability of each augmentation": ("augmentation",),
    "FID on the valid split": ("fid_valid",),
}


def curves(history: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yields (title, SVG) for each curve in the history. A critic has no accuracy."""
    critic = "wasserstein_distance" in history
    for title, columns in CURVES.items():
        if columns[0] in history and not (critic and "d_accuracy_real" in columns):
            yield title, _curve(history, columns)


def bars(sets: dict[str, list[float]], classes: list[str]) -> str:
    """An SVG with one group of bars per class: one bar for each set of samples."""

    def draw(axes):
        width = 0.8 / len(sets)
        for number, (name, values) in enumerate(sets.items()):
            places = [
                place + (number - (len(sets) - 1) / 2) * width for place in range(len(values))
            ]
            axes.bar(places, values, width, label=name, color=COLOURS[number])
        axes.set(ylabel="share", ymargin=0.25)
        vertical = max(map(len, classes)) > MAX_HORIZONTAL
        axes.set_xticks(range(len(classes)), classes, rotation=90 * vertical)

    return _svg(draw)


def _curve(history: pd.DataFrame, columns: tuple[str, ...]) -> str:
    def draw(axes):
        marker = "." if len(history) < 3 else None
        for name, colour in zip(columns, COLOURS):
            axes.plot(history["step"], history[name], colour, lw=1.3, marker=marker, label=name)
        if "chosen" in history:
            step = history.loc[history["chosen"] == 1, "step"].iloc[0]
            axes.axvline(step, color="#888888", lw=1, ls="--", label=f"chosen: {step:,}")
        if columns == ("fid_valid",):
            axes.set_yscale("log")
        axes.set_xlabel("iteration")
        axes.xaxis.set_major_formatter("{x:,.0f}")

    return _svg(draw)


def _svg(draw) -> str:
    # Without a salt, the ids in an SVG are random. The default style overrides the user's own.
    settings = {
        "svg.hashsalt": "ganpkg",
        "svg.fonttype": "none",
        "font.size": 9,
        "text.parse_math": False,
    }
    with style.context(["default", settings]):
        figure = Figure(SIZE, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(color="#dddddd", lw=0.6)
        axes.set_axisbelow(True)
        draw(axes)
        axes.legend(frameon=False)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return file.getvalue()[file.getvalue().index("<svg") :]
