"""A picture of what augmentation does to real samples."""

import io

import numpy as np

from ganpkg.sampling import grids
from ganpkg.training.augmentation import NUMBERS, Augmenter

COLUMNS = 8


def picture(params, samples: np.ndarray, strength: float) -> bytes:
    """Real samples above, and below them what the discriminator is shown of them, as PNG.

    Args:
        samples: (n, height, width, channels) uint8.
        strength: the probability of each change.
    """
    from ganpkg.kinds.images import Images

    kind, reals = Images(), samples[:COLUMNS]
    changes = {"strength": strength, "adapt_over": 0}
    augment = Augmenter(params.augmentation.model_copy(update=changes), reals.shape[1:])
    numbers = np.random.default_rng(0).random((len(reals), NUMBERS), dtype=np.float32)
    shown = np.asarray(augment(kind.to_networks(reals.astype(np.float32)), numbers))
    rows = np.concatenate([reals, kind.from_networks(shown)])
    file = io.BytesIO()
    grids.to_image(grids.grid(rows, len(reals))).save(file, format="PNG")
    return file.getvalue()
