"""A GAN in training: all that changes as it goes on, to be put down and taken up again."""

from collections.abc import Callable, Iterator

import numpy as np
from keras import ops

from ganpkg import storage
from ganpkg.datasets.dataset import Split
from ganpkg.kinds import Kind
from ganpkg.sampling.progress import Progress
from ganpkg.training import build, loop
from ganpkg.training.health import PROBES, Diversity, Warnings
from ganpkg.training.selection import BestFid


class Training:
    """
    Args:
        split: the train split, of this kind.
        classes: of how many a sample is asked, if `params.conditional`; otherwise 0.
        selection: classifier and valid split, where `params.select` is `best_fid`.
        start: the `fine_tuning.Networks` that the training starts from, if any.
    """

    def __init__(self, params, split: Split, kind: Kind, classes=0, selection=None, start=None):
        samples, labels = split
        self.gan = build.gan(params, samples, kind, classes, start)
        self.feed = build.feed(params, samples, labels, classes)
        self.engine = build.engine(params, self.gan, self.feed)
        self.logged = loop.logging_steps(params, len(samples))
        self.done = loop.Done()
        self.log_every, self.picture_every = params.log_every, params.picture_every
        self.progress = Progress(params, kind, classes)
        reals = self.gan.to_networks(samples[:PROBES])
        self.diversity = Diversity(self.gan.sampler, self.progress.points, reals)
        self.warnings = Warnings()
        self.selection = BestFid(self.gan, *selection, params, classes) if selection else None

    def run(self, between: Callable[[], None] = lambda: None) -> Iterator[dict]:
        """Trains to the end, from wherever it stands; yields the rows of history.csv.

        Args:
            between: called now and then, when `state` may be asked for.
        """
        more_scores = self.gan.objective.more_scores
        rows = loop.train(
            self.engine, self.feed, self.logged, more_scores=more_scores, done=self.done,
            between=between,
        )  # fmt: skip
        for row in rows:
            row["diversity"] = self.diversity()
            if self.selection:
                self.selection.consider(row)
            yield row
        if self.selection:
            self.selection.restore()

    def is_pictured(self, step: int) -> bool:
        """Whether a logged step gets a picture: the first one after every `picture_every`
        iterations, and the last one."""
        crossed = step // self.picture_every > (step - self.log_every) // self.picture_every
        return crossed or step == self.logged[-1]

    def keep_samples(self) -> np.ndarray:
        """Writes samples of the fixed latent points to a file; returns them."""
        return self.progress.save(self.gan.sampler, self.done.step)

    def state(self) -> tuple[dict[str, np.ndarray], dict]:
        """All that going on needs: arrays by name, and facts as `Checkpoints.save` takes them."""
        done = self.done
        arrays = {
            f"{name}/{index}": ops.convert_to_numpy(variable)
            for name, part in self.gan.parts.items()
            for index, variable in enumerate(part.variables)
        }
        arrays["scores"] = np.concatenate(done.scores or [np.empty((0, 5))])
        if self.selection and self.selection.best:
            arrays |= {
                f"best/{network}/{index}": weight
                for network, weights in enumerate(self.selection.weights)
                for index, weight in enumerate(weights)
            }
        return arrays, {"step": done.step, "rows": done.rows, "progress": self.progress.files}

    def restore(self, arrays: dict[str, np.ndarray], facts: dict) -> None:
        """Restores what `state` returned.

        Args:
            facts: with the content of the files of `progress`.
        """
        for name, part in self.gan.parts.items():
            for variable, array in zip(part.variables, _listed(arrays, f"{name}/"), strict=True):
                variable.assign(array)
        self.done.step, self.done.rows = facts["step"], facts["rows"]
        self.done.scores = [arrays["scores"]]
        for step, content in facts["progress"].items():
            storage.write_bytes(self.progress.file(step), content)
        if self.selection and self.done.rows:
            *before, self.selection.best = [row for row in self.done.rows if row["chosen"]]
            for row in before:  # each was the best when the journal took it
                row["chosen"] = 0
            self.selection.weights = [_listed(arrays, f"best/{network}/") for network in (0, 1)]


def _listed(arrays: dict[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    count = sum(name.startswith(prefix) for name in arrays)
    return [arrays[f"{prefix}{index}"] for index in range(count)]
