"""Images: (n, height, width, channels) uint8 on disk, -1 to 1 in the networks."""

import numpy as np

from ganpkg.kinds import Kind


class Images(Kind):
    activation = "tanh"
    values = "pixels"
    batch_normalization = True  # without it, dense generators often collapse
    progress_samples = 64

    def to_json(self):
        return None

    def to_networks(self, values):
        return values / 127.5 - 1.0

    def from_networks(self, samples):
        return np.clip(np.round((samples + 1.0) * 127.5), 0, 255).astype(np.uint8)

    def pictures(self, reals, labels, classes):
        from ganpkg.sampling.pictures import Grids

        return Grids(reals, labels, classes)

    def save_closest(self, folder, copies, originals, distances):
        from ganpkg.sampling import grids

        picture = grids.grid(np.concatenate([copies, originals]), len(copies))
        grids.save_png(picture, f"{folder}/closest.png")

    def feature_network(self, samples):
        from ganpkg.evaluation.features import random_network

        return random_network(samples, self)

    def classifier(self, sample_shape, classes):
        from ganpkg.evaluation import classifier

        return classifier.build(sample_shape, classes)
