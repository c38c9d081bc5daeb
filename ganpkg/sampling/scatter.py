"""Pictures of rows of a table."""

import numpy as np
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ganpkg.kinds.rows import Rows
from ganpkg.sampling.pictures import ROWS

SIDE, DPI = 5.0, 100  # inches, dots per inch
REAL, GENERATED = "tab:blue", "tab:red"
MAX_REALS = 10_000  # to which the axes are fitted
MAX_POINTS = 2500  # in a picture
BINS = 60
# This overrides the user's own style, and shows a $ in a column's name as it is.
STYLE = ["default", {"text.parse_math": False}]


class Scatter:
    """Pictures of one column as a histogram, of two as points, both in their units, and of more
    as points in the plane of the first two principal components.

    The axis limits are fixed: 99.9 % of the real rows and a margin.

    Args:
        reals: (n, columns), the real rows as stored.
    """

    def __init__(self, reals: np.ndarray, kind: Rows):
        self.names, self._points, unit = kind.columns, kind.unscale, np.array(kind.deviations)
        if len(kind.columns) > 2:
            from sklearn.decomposition import PCA

            # They are fitted to scaled rows: in the columns' units, outliers would decide them.
            self._points = PCA(2, svd_solver="full").fit(reals[:MAX_REALS]).transform
            self.names = ["first principal component", "second principal component"]
            unit = np.ones(2)
        points = self._points(reals[:MAX_REALS])
        low, high = np.quantile(points, [0.0005, 0.9995], axis=0)
        margin = np.where(high > low, 0.15 * (high - low), unit)
        self.frame = np.stack([low - margin, high + margin], axis=1)
        self.reals = points[:MAX_POINTS]

    def samples(self, samples):
        return self._picture(samples, reals=False)

    def real_and_generated(self, samples):
        return self._picture(samples)

    def interpolations(self, samples):
        return self._picture(samples, paths=len(self.names) == 2)

    progress = real_and_generated

    @style.context(STYLE)
    def _picture(self, samples: np.ndarray, reals: bool = True, paths: bool = False) -> np.ndarray:
        figure = Figure((SIDE, SIDE), DPI, layout="constrained")
        canvas, axes = FigureCanvasAgg(figure), figure.add_subplot(xlabel=self.names[0])
        axes.set_xlim(self.frame[0])
        if len(self.names) == 2:
            axes.set(ylabel=self.names[1], ylim=self.frame[1])
        if reals:
            self._draw(axes, self.reals, "real", REAL)
        points = self._points(samples[:MAX_POINTS])
        if paths:
            for line in np.split(points, ROWS):
                axes.plot(*line.T, ".-", linewidth=0.8, markersize=5)
        else:
            self._draw(axes, points, "generated", GENERATED)
            axes.legend(loc="upper right", markerscale=3)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()

    def _draw(self, axes, points, label, colour):
        if len(self.names) == 1:
            axes.set_ylabel("density")
            bins = np.linspace(*self.frame[0], BINS)
            # The density counts all points, including those outside the frame.
            weights = np.full(len(points), 1 / len(points) / (bins[1] - bins[0]))
            axes.hist(points[:, 0], bins, weights=weights, alpha=0.5, color=colour, label=label)
        else:
            axes.plot(*points.T, ".", markersize=2, alpha=0.5, color=colour, label=label)
