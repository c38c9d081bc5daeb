"""What augmentation does with few pictures: a training on 320 of them with it, and one without it.

    python -m benchmarks.few_pictures [KEY=VALUE ...]

Needs a thousand or more pictures in data/raw/folder. Both trainings have the parameters that the
preset `pictures` chooses for a folder of 400, and those given. The valid and test splits are those
of all pictures, so that the metrics are less noisy than a folder of 400 allows. Prints a table in
Markdown; the values of real pictures are in brackets.
"""

import sys
import time
from pathlib import Path

import yaml

from ganpkg import machine, stage

COUNT = 400  # pictures in a small folder
COLUMNS = "fid", "precision", "recall", "coverage", "copying_c_t"


def main():
    machine.limit()  # before anything imports NumPy
    from ganpkg import pictures, preset

    given = {key: yaml.safe_load(text) for key, text in (s.split("=", 1) for s in sys.argv[1:])}
    parameters = preset.values("pictures", given)
    seen = pictures.look(Path("data/raw/folder"))._replace(count=COUNT)
    chosen, why = pictures.choose(seen, parameters, given)
    print(why, flush=True)
    print(f"| | {' | '.join(f'`{name}`' for name in COLUMNS)} | time |")
    print("|---|" + "---|" * (len(COLUMNS) + 1))
    off = {f"augmentation.{name}": False for name in pictures.AUGMENTED}
    for name, changes in {"augmented": {}, "not augmented": off}.items():
        print(row(name, parameters | chosen | given | changes), flush=True)


def row(name: str, changes: dict) -> str:
    """Trains and evaluates; returns a line of the table."""
    from ganpkg import backend
    from ganpkg.datasets.dataset import Split, held_out_size
    from ganpkg.evaluation import controls, features, table
    from ganpkg.evaluation.embedding import Embedding
    from ganpkg.params import read_params
    from ganpkg.randomness import Purpose
    from ganpkg.sampling import latents
    from ganpkg.training.training import Training

    params = read_params().changed(changes)
    data = params.room("dataset").load(params.split_seed, Path("data/raw"))
    train = data.train.random_subset(COUNT - 2 * held_out_size(COUNT))
    backend.make_deterministic(params.seed)
    judge = features.build(train.samples, data.kind)
    training = Training(params, train, data.kind, selection=(judge, data.valid))
    start = time.monotonic()
    for _ in training.run():
        pass
    minutes = (time.monotonic() - start) / 60
    seed, noise = params.sample_seed, params.noise
    points = latents.draw(
        seed, Purpose.SAMPLE_LATENTS, noise, params.num_samples, params.latent_dim
    )
    samples = latents.generate(training.gan.sampler, points, data.kind)
    embed = Embedding(judge, training.gan.discriminator, params.room("objective"), data.kind)
    count = controls.set_size(len(samples), len(data.valid.samples), len(data.test.samples))
    generated = Split(samples, None)
    pools = controls.Pools(embed, generated, train, data.valid, data.test, count)
    summary = table.summarize(controls.measure_draws(pools))
    cells = []
    for number in COLUMNS:
        values, spreads = summary["numbers"][number], summary["spreads"][number]
        generated, real = (
            table.mean_and_spread(values[of], spreads[of]) for of in ("generated", "real")
        )
        cells.append(f"{generated} ({real})")
    return f"| {name} | {' | '.join(cells)} | {minutes:.0f} min |"


if __name__ == "__main__":
    stage.run("few_pictures", main, takes_arguments=True)
