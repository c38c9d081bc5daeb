"""Rows of a table: (n, columns) float32, scaled, on the disk and in the networks."""

from pathlib import Path

import numpy as np

from ganpkg.kinds import Kind
from ganpkg.kinds.table import Table
from ganpkg.storage import atomic


class Rows(Kind):
    """
    Args:
        table: what the columns are.
    """

    activation = None
    values = "row"
    batch_normalization = False  # the noise of its statistics would blur rows
    progress_samples = 2500

    def __init__(self, table: Table):
        self.table = table

    def to_json(self):
        return self.table._asdict()

    @classmethod
    def from_json(cls, facts):
        return cls(Table(**facts))

    def to_networks(self, values):
        return values

    def from_networks(self, samples):
        return samples

    def finished(self, samples):
        return self.table.finished(samples)

    def export(self, samples, folder):
        """Writes `samples.csv`, in the table's units under its columns' names."""
        with atomic(Path(folder, "samples.csv")) as temporary:
            self.finished(samples).to_csv(temporary, index=False)
        return self.table.scaled(self.table.restored(samples))

    def pictures(self, reals, labels, classes):
        from ganpkg.sampling.pictures import Scatter

        return Scatter(reals, self.table)

    def save_closest(self, folder, copies, originals, distances):
        import pandas as pd

        sides = {"generated": copies, "train": originals}
        tables = [self.finished(rows).add_prefix(f"{side}_") for side, rows in sides.items()]
        pairs = pd.concat([pd.Series(distances, name="distance"), *tables], axis=1)
        with atomic(Path(folder, "closest.csv")) as temporary:
            pairs.to_csv(temporary, index=False)

    def feature_network(self, samples):
        from ganpkg.evaluation.features import principal_components

        return principal_components(samples)

    def rows(self, samples):
        return samples

    def mixture(self, samples):
        centres, deviation = self.table.modes, self.table.mode_deviation
        return (self.table.restored(samples), np.array(centres), deviation) if centres else None
