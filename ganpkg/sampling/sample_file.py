"""`data/generated/samples.npz`, the generated samples."""

from pathlib import Path

import numpy as np

from ganpkg.storage import atomic, read_errors


def save_samples(samples: np.ndarray, path: str | Path, labels: np.ndarray | None = None) -> None:
    """Writes samples, (n, *sample), under the key `samples`.

    Args:
        labels: (n,), the requested classes, if any; written under the key `labels`.
    """
    arrays = {"samples": samples} if labels is None else {"samples": samples, "labels": labels}
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)


def load_samples(path: str | Path) -> tuple[np.ndarray, np.ndarray | None]:
    """Reads the samples, and the requested classes, if any, that `save_samples` wrote.

    Raises:
        UserError: if the file is missing or damaged.
    """
    with read_errors(path, "generate"), np.load(path, allow_pickle=False) as content:
        return content["samples"], content.get("labels")
