"""A GAN in training. Its state can be saved and restored."""

from collections.abc import Callable, Iterator

import numpy as np
from keras import ops

from ganpkg import storage
from ganpkg.datasets.dataset import Split
from ganpkg.kinds import Kind
from ganpkg.sampling.progress import Progress
from ganpkg.training import build, loop
from ganpkg.training.feed import Feed
from ganpkg.training.health import PROBES, Diversity, Warnings
from ganpkg.training.selection import BestFid


class Training:
    """A GAN, what trains it, and how far the training has come.

    Args:
        split: the train split.
        classes: 0 unless the GAN is conditional.
        selection: the classifier and the valid split if `params.select` is `best_fid`.
        start: the `fine_tuning.Networks` that the training starts from, if any.
    """

    def __init__(self, params, split: Split, kind: Kind, classes=0, selection=None, start=None):
        samples, labels = split
        self.gan = build.gan(params, samples, kind, classes, start)
        self.feed = Feed(params, samples, labels, classes)
        self.engine = build.engine(params, self.gan, self.feed)
        self.log_steps = loop.log_steps(params, len(samples))
        self.position = loop.Position()
        self.log_every, self.picture_every = params.log_every, params.picture_every
        self.progress = Progress(params, kind, classes)
        reals = self.gan.to_networks(samples[:PROBES])
        self.diversity = Diversity(self.gan.sampler, self.progress.points, reals)
        self.warnings = Warnings()
        self.selection = BestFid(self.gan, *selection, params, classes) if selection else None

    def run(self, after_call: Callable[[], None] = lambda: None) -> Iterator[dict]:
        """Trains from the current position to the end, and yields the rows of history.csv.

        Args:
            after_call: called after each call of the engine; it may call `state`.
        """
        more_scores = self.gan.objective.more_scores
        rows = loop.train(
            self.engine, self.feed, self.log_steps, more_scores=more_scores, position=self.position,
            after_call=after_call,
        )  # fmt: skip
        for row in rows:
            row["diversity"] = self.diversity()
            if self.gan.augmentation:
                row["augmentation"] = float(self.gan.augmentation.strength)
            if self.selection:
                self.selection.consider(row)
            yield row
        if self.selection:
            self.selection.restore()

    def gets_picture(self, step: int) -> bool:
        """Whether a logged step gets a picture: the first one after every `picture_every`
        iterations, and the last one."""
        crossed = step // self.picture_every > (step - self.log_every) // self.picture_every
        return crossed or step == self.log_steps[-1]

    def save_samples(self) -> np.ndarray:
        """Writes samples of the fixed latent points to a file, and returns them."""
        return self.progress.save(self.gan.sampler, self.position.step)

    def state(self) -> tuple[dict[str, np.ndarray], dict]:
        """All that `restore` needs: arrays by name, and facts for `Checkpoints.save`."""
        position = self.position
        arrays = {
            f"{name}/{index}": ops.convert_to_numpy(variable)
            for name, part in self.gan.parts.items()
            for index, variable in enumerate(part.variables)
        }
        arrays["scores"] = np.concatenate(position.scores or [np.empty((0, 5))])
        if self.selection and self.selection.best:
            arrays |= {
                f"best/{network}/{index}": weight
                for network, weights in enumerate(self.selection.weights)
                for index, weight in enumerate(weights)
            }
        return arrays, {
            "step": position.step,
            "rows": position.rows,
            "progress": self.progress.files,
        }

    def restore(self, arrays: dict[str, np.ndarray], facts: dict) -> None:
        """Restores what `state` returned.

        Args:
            facts: as `Checkpoints.newest` returns them: `progress` has contents, not paths.
        """
        for name, part in self.gan.parts.items():
            for variable, array in zip(part.variables, _in_order(arrays, f"{name}/"), strict=True):
                variable.assign(array)
        self.position.step, self.position.rows = facts["step"], facts["rows"]
        self.position.scores = [arrays["scores"]]
        for step, content in facts["progress"].items():
            storage.write_bytes(self.progress.file(step), content)
        if self.selection and self.position.rows:
            *before, self.selection.best = [row for row in self.position.rows if row["chosen"]]
            for row in before:  # it was the best when the journal recorded it
                row["chosen"] = 0
            self.selection.weights = [_in_order(arrays, f"best/{network}/") for network in (0, 1)]


def _in_order(arrays: dict[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    count = sum(name.startswith(prefix) for name in arrays)
    return [arrays[f"{prefix}{index}"] for index in range(count)]
