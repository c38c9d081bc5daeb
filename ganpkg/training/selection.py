"""`select: best_fid` keeps the networks of the logged step with the best samples.

GANs often get worse after they were good. The best step has the smallest Fréchet distance to the
*valid* split, in the features of the evaluation (`ganpkg/evaluation/frechet.py`). The test split,
on which the final numbers are computed, has no influence.
"""

import keras
import numpy as np

from ganpkg.datasets.dataset import Split
from ganpkg.evaluation.classifier import outputs
from ganpkg.evaluation.frechet import Gaussian
from ganpkg.labels import append_codes
from ganpkg.randomness import Purpose
from ganpkg.sampling import latents
from ganpkg.training.gan import Gan

MAX_SAMPLES = 2500  # per step; the bias of so few samples is the same at every step


class BestFid:
    """
    Args:
        judge: the feature network of `evaluation.features.build`.
        classes: 0 unless the GAN is conditional; its generator gets the classes of the reals.
    """

    def __init__(self, gan: Gan, judge: keras.Model, valid: Split, params, classes: int):
        self.networks, self.kind = (gan.sampler, gan.discriminator), gan.kind
        self.features = keras.Model(judge.inputs, judge.outputs[0])
        reals, labels = valid.random_subset(MAX_SAMPLES)
        self.reference = self._gaussian(reals)
        self.points = latents.draw(
            params.seed, Purpose.SELECTION_LATENTS, params.noise, len(reals), params.latent_dim
        )
        if classes:
            self.points = append_codes(self.points, labels, classes)
        self.best: dict | None = None

    def consider(self, row: dict) -> None:
        """Adds `fid_valid` and `chosen` (1 or 0) to a row of history.csv, and keeps the best."""
        samples = latents.generate(self.networks[0], self.points, self.kind)
        row |= {"fid_valid": self.reference.distance(self._gaussian(samples)), "chosen": 0}
        if self.best is None or row["fid_valid"] < self.best["fid_valid"]:
            if self.best:
                self.best["chosen"] = 0
            self.best = row
            row["chosen"] = 1
            self.weights = [list(map(np.array, net.get_weights())) for net in self.networks]

    def restore(self) -> None:
        """Gives the networks their weights of the best step."""
        for network, weights in zip(self.networks, self.weights):
            network.set_weights(weights)

    def _gaussian(self, samples: np.ndarray) -> Gaussian:
        return Gaussian.fit(outputs(self.features, samples, self.kind).astype(np.float64))
