"""Draws samples from the trained generator: pictures for people, arrays for evaluation."""

from pathlib import Path

import numpy as np

from ganpkg import stage, storage
from ganpkg.datasets.dataset import open_classes, open_kind, open_split
from ganpkg.labels import append_codes
from ganpkg.randomness import Purpose
from ganpkg.sampling.samples import save_samples


def main():
    params = stage.read_params()
    reals = open_split("data/prepared/train")
    kind = open_kind("data/prepared")
    names = list(open_classes("data/prepared")) if params.conditional else []
    classes = len(names)
    from ganpkg import backend
    from ganpkg.sampling import grids, latents
    from ganpkg.sampling.interpolation import interpolated
    from ganpkg.sampling.pictures import COLUMNS, ROWS
    from ganpkg.sampling.progress import classes_in_rows

    backend.make_deterministic(params.sample_seed)
    generator = storage.load_model("models/generator.keras")
    seed, noise, latent_dim = params.sample_seed, params.noise, params.latent_dim
    points = latents.draw(seed, Purpose.SAMPLE_LATENTS, noise, params.num_samples, latent_dim)
    ways = interpolated(seed, noise, ROWS, COLUMNS, latent_dim)
    labels = None
    if classes:
        labels = latents.draw_classes(seed, reals.labels, params.num_samples)
        in_rows = classes_in_rows(classes, COLUMNS)
        shown = latents.draw(seed, Purpose.SAMPLE_LATENTS, noise, len(in_rows), latent_dim)
        shown = append_codes(shown, in_rows, classes)
        points = append_codes(points, labels, classes)
        ways = append_codes(ways, np.arange(ROWS).repeat(COLUMNS) % classes, classes)
    samples = latents.generate(generator, points, kind)
    shown = latents.generate(generator, shown, kind) if classes else samples
    samples = kind.export(samples, "data/generated")
    save_samples(samples, "data/generated/samples.npz", labels)

    pictures = kind.pictures(*reals, names)
    drawn = {
        "samples": pictures.samples(shown),
        "real_and_generated": pictures.real_and_generated(shown),
        "interpolations": pictures.interpolations(latents.generate(generator, ways, kind)),
    }
    for name, picture in drawn.items():
        grids.save_png(picture, f"reports/{name}.png")
    for file in sorted(Path("data/progress").iterdir()):
        grids.save_png(pictures.progress(np.load(file)), f"reports/progress/{file.stem}.png")


if __name__ == "__main__":
    stage.run("generate", main)
