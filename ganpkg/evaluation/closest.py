"""The generated samples that lie closest to training samples, beside these: copies show."""

from pathlib import Path

import numpy as np

from ganpkg.datasets.table import Table
from ganpkg.sampling import grids
from ganpkg.storage import atomic


def save(
    folder: str | Path,
    copies: np.ndarray,
    originals: np.ndarray,
    distances: np.ndarray,
    table: Table | None,
) -> None:
    """Writes `closest.png`, copies above and originals below; or, of rows of a table,
    `closest.csv`.

    Args:
        copies, originals: (n, *sample), generated and of the train split.
        distances: (n,) between their features.
    """
    if table is None:
        picture = grids.grid(np.concatenate([copies, originals]), len(copies))
        grids.save_png(picture, f"{folder}/closest.png")
        return
    import pandas as pd

    sides = {"generated": copies, "train": originals}
    tables = [table.finished(rows).add_prefix(f"{side}_") for side, rows in sides.items()]
    with atomic(f"{folder}/closest.csv") as temporary:
        pd.concat([pd.Series(distances, name="distance"), *tables], axis=1).to_csv(
            temporary, index=False
        )
