"""Latent points, pixels and pictures."""

import keras
import numpy as np
import pytest
from PIL import Image

from ganpkg.datasets.dataset import Split, load_generated, save_generated
from ganpkg.errors import UserError
from ganpkg.kinds.images import Images
from ganpkg.randomness import Purpose
from ganpkg.sampling import grids, latents
from ganpkg.sampling.pictures import interpolate
from tests import small


@pytest.mark.parametrize("noise", ["normal", "uniform"])
def test_the_first_points_do_not_depend_on_how_many_there_are(noise):
    few, many = (latents.draw(4, Purpose.SAMPLE_LATENTS, noise, count, 6) for count in (10, 1000))
    np.testing.assert_array_equal(few, many[:10])
    assert not np.isclose(few, latents.draw(5, Purpose.SAMPLE_LATENTS, noise, 10, 6)).any()


def test_classes_are_asked_for_as_often_as_the_data_has_them():
    labels = np.repeat(np.array([0, 1], np.uint8), [900, 100])
    drawn = latents.draw_classes(3, labels, 10_000)
    assert drawn.shape == (10_000,) and drawn.dtype == np.uint8
    assert abs(drawn.mean() - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 10_000)  # 4 sigma
    assert not np.array_equal(drawn, latents.draw_classes(4, labels, 10_000))


def test_noise_has_mean_0_and_variance_1():
    for noise in ("normal", "uniform"):
        points = latents.draw(0, Purpose.SAMPLE_LATENTS, noise, 10_000, 10)
        assert points.dtype == np.float32
        # 4 sigma, of the mean and of the mean of squares
        assert abs(points.mean()) < 4 / np.sqrt(1e5)
        assert abs((points**2).mean() - 1) < 4 * np.sqrt(2 / 1e5)
    assert np.sqrt(3) - 1e-3 < np.abs(points).max() <= np.sqrt(3) + 1e-6  # uniform


def test_interpolations_of_uniform_noise_stay_within_its_cube():
    points = interpolate(0, "uniform", 50, 9, 6)
    ends = latents.draw(0, Purpose.INTERPOLATION_LATENTS, "uniform", 100, 6)
    np.testing.assert_allclose(
        points.reshape(50, 9, 6)[:, 4], (ends[:50] + ends[50:]) / 2, atol=1e-6
    )
    assert np.abs(points).max() <= np.sqrt(3) + 1e-6


@pytest.mark.parametrize("dim", [1, 2, 64])
def test_interpolations_go_from_one_point_to_another(dim):
    rows, columns = 500, 9
    points = interpolate(0, "normal", rows, columns, dim).reshape(rows, columns, dim)
    ends = latents.draw(0, Purpose.INTERPOLATION_LATENTS, "normal", 2 * rows, dim)
    np.testing.assert_allclose(points[:, 0], ends[:rows], atol=1e-6)
    np.testing.assert_allclose(points[:, -1], ends[rows:], atol=1e-6)
    assert points.dtype == np.float32
    # Every column is standard normal: 4 sigma of the mean of squares, whose variance is 2.
    squares = (points**2).mean(axis=(0, 2))
    np.testing.assert_allclose(squares, 1, atol=4 * np.sqrt(2 / (rows * dim)))


def test_pixels_round_and_stay_in_range():
    generator = keras.Sequential([keras.Input((4,)), keras.layers.Reshape((2, 2, 1))])
    pixels = latents.generate(generator, np.float32([[-1, 1, 0, 0.999]] * 2), Images())
    assert pixels.dtype == np.uint8 and pixels.shape == (2, 2, 2, 1)
    assert pixels.reshape(2, 4).tolist() == [[0, 255, 128, 255]] * 2


def test_samples_do_not_depend_on_their_neighbours():
    """Inference mode: batch normalization uses its moving statistics."""
    generator = small.generator(4, (8, 8, 1))
    points = latents.draw(0, Purpose.SAMPLE_LATENTS, "normal", 600, 4)
    whole, half = (latents.generate(generator, some, Images()) for some in (points, points[:37]))
    assert np.abs(whole[:37].astype(int) - half).max() <= 1


def test_grid_lays_samples_out_row_by_row():
    values = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1) * np.ones((1, 28, 28, 1), np.uint8)
    picture = grids.grid(values, columns=3)
    assert picture.shape == (2 * 30 + 2, 3 * 30 + 2, 1)
    assert picture[2:30, 2:30].max() == 0 and picture[2:30, 62:90].min() == 2
    assert picture[32:60, 2:30].min() == 3 and picture[0].min() == 96


def test_small_samples_are_enlarged_by_whole_pixels():
    sample = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 1), dtype=np.uint8)
    picture = grids.grid(sample, columns=1)
    assert picture.shape == (36, 36, 1)
    np.testing.assert_array_equal(picture[2:34:4, 2:34:4], sample[0])


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_reach_the_file_whole(tmp_path, channels):
    content = np.random.default_rng(0).integers(0, 256, (40, 50, channels), dtype=np.uint8)
    pair = grids.side_by_side({"real": content, "generated": content})
    assert pair.shape == (56, 112, channels)
    np.testing.assert_array_equal(pair[16:, :50], content)
    np.testing.assert_array_equal(pair[16:, 62:], content)
    assert pair[:16].min() < 50  # there is a title
    grids.save_png(pair, tmp_path / "pair.png")
    with Image.open(tmp_path / "pair.png") as image:
        np.testing.assert_array_equal(np.asarray(image).reshape(pair.shape), pair)


def test_samples_come_back_and_make_equal_bytes(tmp_path):
    content = np.random.default_rng(0).integers(0, 256, (10, 8, 8, 1), dtype=np.uint8)
    for name in ("a.npz", "b.npz"):
        save_generated(Split(content, None), tmp_path / name)
    loaded, labels = load_generated(tmp_path / "a.npz")
    np.testing.assert_array_equal(loaded, content)
    assert labels is None
    save_generated(Split(content, np.arange(10)), tmp_path / "c.npz")
    np.testing.assert_array_equal(load_generated(tmp_path / "c.npz").labels, np.arange(10))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("content", [None, b"", b"no archive", b"PK\x03\x04 cut off"])
def test_missing_or_damaged_samples(tmp_path, content):
    path = tmp_path / "samples.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"samples\.npz: (no such file|is damaged)"):
        load_generated(path)
