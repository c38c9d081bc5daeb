"""Draws samples from the trained generator: pictures for people, an array for evaluation."""

from ganpkg import stage, storage, tracking
from ganpkg.datasets.dataset import open_split
from ganpkg.params import read_params
from ganpkg.randomness import Purpose
from ganpkg.sampling.samples import save_samples

ROWS = COLUMNS = 10


def main():
    params = read_params()
    reals = open_split("data/prepared/train").samples
    from ganpkg import backend
    from ganpkg.sampling import grids, latents
    from ganpkg.sampling.interpolation import interpolated

    backend.make_deterministic(params.sample_seed)
    generator = storage.load_model("models/generator.keras")
    run = tracking.run_of_model()
    latent_dim = generator.input_shape[-1]
    seed, shown = params.sample_seed, ROWS * COLUMNS
    samples = latents.generate(
        generator,
        latents.draw(seed, Purpose.SAMPLE_LATENTS, params.noise, params.num_samples, latent_dim),
    )
    path = interpolated(seed, params.noise, ROWS, COLUMNS, latent_dim)
    picture = grids.grid(samples[:shown], COLUMNS)
    pictures = {
        "samples": picture,
        "real_and_generated": grids.side_by_side(
            {"real": grids.grid(reals[:shown], COLUMNS), "generated": picture}
        ),
        "interpolations": grids.grid(latents.generate(generator, path), COLUMNS),
    }
    save_samples(samples, "data/generated/samples.npz")
    for name, picture in pictures.items():
        grids.save_png(picture, f"reports/{name}.png")
        if run:
            run.log_picture(picture, name)
    if run:
        run.set_tags({"num_samples": str(params.num_samples), "sample_seed": str(seed)})


if __name__ == "__main__":
    stage.run("generate", main)
