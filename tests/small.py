"""Small networks and objectives for tests."""

import numpy as np

from ganpkg.kinds.images import Images
from ganpkg.kinds.rows import Rows
from ganpkg.networks.architecture import Task
from ganpkg.networks.mlp import MLP
from ganpkg.params import read_params
from tests.pipeline import ROOT

SHIPPED = read_params(ROOT / "params.yaml")
TABLE = Rows.from_rows(["x"], np.arange(10.0)[:, None])


def generator(latent_dim: int, shape: tuple[int, ...], kind=None):
    task = Task(latent_dim, shape, kind or Images())
    return MLP(generator_units=[8], discriminator_units=[8]).generator(task)


def discriminator(shape: tuple[int, ...]):
    return MLP(generator_units=[8], discriminator_units=[8]).discriminator(Task(4, shape, Images()))


def objective(name: str = "non_saturating", **values):
    """An objective as it ships, but for some values."""
    section = getattr(SHIPPED, name)
    return type(section)(**{**section.model_dump(), **values})
