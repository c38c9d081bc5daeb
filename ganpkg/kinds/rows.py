"""Rows of a table: (n, columns) float32, scaled, on disk and in the networks."""

from pathlib import Path

import numpy as np

from ganpkg.kinds import Kind
from ganpkg.kinds.table import Table
from ganpkg.storage import atomic


class Rows(Kind):
    activation = None
    values = "row"
    batch_normalization = False  # noisy batch statistics would blur the rows
    progress_samples = 2500

    def __init__(self, table: Table):
        self.table = table

    def to_json(self):
        return self.table._asdict()

    @classmethod
    def from_json(cls, facts):
        return cls(Table(**facts))

    def to_user(self, samples):
        return self.table.to_dataframe(samples)

    def export(self, samples, folder):
        """Writes `samples.csv`, with the table's column names and units."""
        with atomic(Path(folder, "samples.csv")) as temporary:
            self.to_user(samples).to_csv(temporary, index=False)
        return self.table.scale(self.table.unscale(samples))

    def pictures(self, reals, labels, classes):
        from ganpkg.sampling.scatter import Scatter

        return Scatter(reals, self.table)

    def save_closest(self, folder, copies, originals, distances):
        import pandas as pd

        sides = {"generated": copies, "train": originals}
        tables = [self.to_user(rows).add_prefix(f"{side}_") for side, rows in sides.items()]
        pairs = pd.concat([pd.Series(distances, name="distance"), *tables], axis=1)
        with atomic(Path(folder, "closest.csv")) as temporary:
            pairs.to_csv(temporary, index=False)

    def feature_network(self, samples):
        from ganpkg.evaluation.features import principal_components

        return principal_components(samples)

    def to_rows(self, samples):
        return samples

    def mixture(self, samples):
        centres, deviation = self.table.modes, self.table.mode_deviation
        return (self.table.unscale(samples), np.array(centres), deviation) if centres else None
