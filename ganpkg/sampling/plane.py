"""Pictures of rows of numbers: real and generated points in one plane."""

import numpy as np

SIDE, DOTS = 5.0, 100  # inches, and dots an inch
REAL, GENERATED = "tab:blue", "tab:red"
MOST_POINTS = 2500
BINS = 60


class Plane:
    """Two columns as points, one as a histogram, more by their first principal components.

    The frame shows 99.9 % of the real rows with a margin, always the same.

    Args:
        reals: (n, columns), the real rows; more than two columns in the same unit.
        columns: their names.
        deviations: how much one or two of them vary, all above 0; the rows' own may be 0.
    """

    def __init__(self, reals: np.ndarray, columns: list[str], deviations: list[float]):
        self.names, self._project, unit = columns, lambda rows: rows, np.array(deviations)
        if len(columns) > 2:
            from sklearn.decomposition import PCA

            pca = PCA(2, svd_solver="full").fit(reals)
            self._project = pca.transform
            self.names = ["first principal component", "second principal component"]
            unit = np.ones(2)
        points = self._project(reals)
        low, high = np.quantile(points, [0.0005, 0.9995], axis=0)
        margin = np.where(high > low, 0.15 * (high - low), unit)
        self.frame = np.stack([low - margin, high + margin], axis=1)
        self.reals = points[:MOST_POINTS]

    def picture(self, generated: np.ndarray, reals: bool = True, ways: int = 0) -> np.ndarray:
        """(height, width, 3) uint8.

        Args:
            generated: (n, columns) rows, of which the first 2,500 are drawn.
            reals: whether the real ones are drawn, too.
            ways: so many equal parts of `generated` are drawn as lines from point to point.
        """
        from matplotlib import style

        # Whatever a user's own style is; and $ in the name of a column is a $.
        with style.context(["default", {"text.parse_math": False}]):
            return self._picture(generated, reals, ways)

    def _picture(self, generated: np.ndarray, reals: bool, ways: int) -> np.ndarray:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure((SIDE, SIDE), DOTS, layout="constrained")
        canvas, axes = FigureCanvasAgg(figure), figure.add_subplot(xlabel=self.names[0])
        axes.set_xlim(self.frame[0])
        if len(self.names) == 2:
            axes.set(ylabel=self.names[1], ylim=self.frame[1])
        if reals:
            self._draw(axes, self.reals, "real", REAL)
        points = self._project(generated[:MOST_POINTS])
        if ways and len(self.names) == 2:
            for line in np.split(points, ways):
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
            # Of all points, in the frame or not.
            share = np.full(len(points), 1 / len(points) / (bins[1] - bins[0]))
            axes.hist(points[:, 0], bins, weights=share, alpha=0.5, color=colour, label=label)
        else:
            axes.plot(*points.T, ".", markersize=2, alpha=0.5, color=colour, label=label)
