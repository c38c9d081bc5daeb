"""Generates samples with the trained generator: pictures to look at, arrays to evaluate."""

from functools import partial
from pathlib import Path

import numpy as np

from ganpkg import stage, storage
from ganpkg.datasets.dataset import Split, open_classes, open_kind, open_split, save_generated
from ganpkg.labels import append_codes
from ganpkg.randomness import Purpose


def main():
    params = stage.read_params()
    reals = open_split("data/prepared/train")
    kind = open_kind("data/prepared")
    names = list(open_classes("data/prepared")) if params.conditional else []
    classes = len(names)
    from ganpkg import backend
    from ganpkg.sampling import grids, latents
    from ganpkg.sampling.pictures import COLUMNS, ROWS, interpolate
    from ganpkg.sampling.progress import grid_labels

    backend.make_deterministic(params.sample_seed)
    generate = partial(latents.generate, storage.load_model("models/generator.keras"), kind=kind)
    seed, noise, latent_dim = params.sample_seed, params.noise, params.latent_dim
    points = latents.draw(seed, Purpose.SAMPLE_LATENTS, noise, params.num_samples, latent_dim)
    paths = interpolate(seed, noise, ROWS, COLUMNS, latent_dim)
    if classes:
        labels = latents.draw_classes(seed, reals.labels, params.num_samples)
        in_grid = grid_labels(classes, COLUMNS)
        first = latents.draw(seed, Purpose.SAMPLE_LATENTS, noise, len(in_grid), latent_dim)
        shown = generate(append_codes(first, in_grid, classes))
        samples = generate(append_codes(points, labels, classes))
        paths = append_codes(paths, np.arange(ROWS).repeat(COLUMNS) % classes, classes)
    else:
        labels, samples = None, generate(points)
        shown = samples
    generated = Split(kind.export(samples, "data/generated"), labels)
    save_generated(generated, "data/generated/samples.npz")

    pictures = kind.pictures(*reals, names)
    files = {
        "samples": pictures.samples(shown),
        "real_and_generated": pictures.real_and_generated(shown),
        "interpolations": pictures.interpolations(generate(paths)),
    }
    for path in sorted(Path("data/progress").iterdir()):
        files[f"progress/{path.stem}"] = pictures.progress(np.load(path))
    for name, picture in files.items():
        grids.save_png(picture, f"reports/{name}.png")


if __name__ == "__main__":
    stage.run("generate", main)
