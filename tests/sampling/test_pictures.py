"""Pictures of every kind of data."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import rc_context

from ganpkg.kinds.images import Images
from ganpkg.kinds.rows import Rows
from ganpkg.sampling.pictures import COLUMNS, ROWS
from ganpkg.sampling.progress import MAX_CLASSES, Progress, grid_labels
from ganpkg.sampling.scatter import Scatter
from tests import small

NO_LABELS = np.zeros(500, np.uint8)


def red(picture):
    """Where the generated points are."""
    return (picture[..., 0] > picture[..., 2].astype(int) + 60).sum()


def blue(picture):
    """Where the real points are."""
    return (picture[..., 2] > picture[..., 0].astype(int) + 60).sum()


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_rows_of_a_table(columns):
    rows = np.random.default_rng(0).normal(size=(500, columns)).astype(np.float32)
    table = Rows.from_rows([f"c{number}" for number in range(columns)], rows * 2.0 + 5.0)
    pictures = table.pictures(rows, NO_LABELS, ())
    alone, both = pictures.samples(rows), pictures.real_and_generated(rows + 0.5)
    assert alone.shape == both.shape == (500, 500, 3) and alone.dtype == np.uint8
    assert red(alone) > 500 and not blue(alone)
    assert blue(both) > 500
    paths = pictures.interpolations(rows[: ROWS * COLUMNS])
    assert (paths != both).any()
    with rc_context({"axes.facecolor": "black", "font.size": 30}):  # a user's own style
        np.testing.assert_array_equal(pictures.progress(rows + 0.5), both)


def test_the_plane_is_that_of_the_first_rows():
    rows = np.random.default_rng(0).normal(size=(20_000, 3)).astype(np.float32)
    table = Rows.from_rows(["a", "b", "c"], rows)
    all_rows, first = (table.pictures(reals, NO_LABELS, ()) for reals in (rows, rows[:10_000]))
    np.testing.assert_array_equal(all_rows.progress(rows), first.progress(rows))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_a_column_that_varies_in_few_rows_only(columns):
    rows = np.zeros((20_000, columns), np.float32)
    rows[:, 1:] = np.random.default_rng(0).normal(size=(20_000, columns - 1))
    rows[-1, 0] = 1
    table = Rows.from_rows(list("abc")[:columns], rows)
    pictures = table.pictures(rows, NO_LABELS, ())
    picture = pictures.real_and_generated(rows)
    assert (picture != pictures.real_and_generated(rows + 1e9)).any()  # all outside of the frame


def test_names_of_columns_are_no_mathematics():
    rows = np.random.default_rng(0).normal(size=(100, 2))
    table = Rows.from_rows(["$price_{$", "y"], rows)
    Scatter(table.scale(rows), table).samples(rows)  # as mathematics that would be an error


def test_the_frame_is_that_of_the_real_rows():
    rows = np.random.default_rng(0).uniform(-1, 1, size=(5000, 2))
    table = Rows.from_rows(["x", "y"], np.concatenate([rows, [[-60, -60], [60, 60]]]))
    scatter = Scatter(table.scale(rows), table)
    np.testing.assert_allclose(scatter.frame, [[-1.3, 1.3]] * 2, atol=0.01)
    inside, outside = (scatter.samples(table.scale(part)) for part in (rows, rows + 50))
    assert red(inside) > 5000 and red(outside) < 200  # the legend has a dot


def shades(picture, columns):
    """The grey of each sample's middle, in the grid's rows."""
    middles = picture[2 + 14 :: 30, 2 + 14 :: 30, 0]
    assert middles.shape[1] == columns
    return middles


def test_images_in_order():
    images = np.arange(200, dtype=np.uint8)[:, None, None, None] * np.ones((28, 28, 1), np.uint8)
    pictures = Images().pictures(images, NO_LABELS, ())
    np.testing.assert_array_equal(
        shades(pictures.samples(images), 10), np.arange(100).reshape(10, 10)
    )
    picture = pictures.progress(images[:64])
    np.testing.assert_array_equal(shades(picture, 8), np.arange(64).reshape(8, 8))


def test_few_real_images_are_shown_again():
    images = np.arange(80, dtype=np.uint8)[:, None, None, None] * np.ones((28, 28, 1), np.uint8)
    picture = Images().pictures(images, NO_LABELS[:80], ()).real_and_generated(images.repeat(2, 0))
    real = shades(picture[16:, :302], 10)
    np.testing.assert_array_equal(real, np.resize(np.arange(80), (10, 10)))


def test_asked_classes_have_a_row_each():
    classes = 4
    labels = np.arange(200) % classes
    images = (50 * labels.astype(np.uint8))[:, None, None, None] * np.ones((28, 28, 1), np.uint8)
    names = ["one", "a class with a long name", "$3\n", "4"]
    pictures = Images().pictures(images[::-1], labels[::-1], names)
    expected = 50 * np.arange(classes)[:, None]
    in_rows = images[grid_labels(classes, COLUMNS)]
    picture = pictures.real_and_generated(in_rows)[16:]
    middle = picture.shape[1] // 2
    for side in (picture[:, : middle - 6], picture[:, middle + 6 :]):
        np.testing.assert_array_equal(shades(side[:, -302:], 10), np.tile(expected, 10))
        beside = side[:, :-302]  # the name of its class is beside each row
        assert all(row.max() > 200 for row in np.split(beside[1:-1], classes))
    paths = pictures.interpolations(images[: ROWS * COLUMNS])
    assert all(row.max() > 200 for row in np.split(paths[1:-1, :-302], ROWS))
    in_rows = images[grid_labels(classes, 8)]
    progress = pictures.progress(in_rows)[:, -242:]
    np.testing.assert_array_equal(shades(progress, 8), np.tile(expected, 8))


def test_of_many_classes_the_first_are_shown():
    labels = np.arange(300) % 150
    images = labels.astype(np.uint8)[:, None, None, None] * np.ones((28, 28, 1), np.uint8)
    pictures = Images().pictures(images, labels, [str(number) for number in range(150)])
    picture = pictures.real_and_generated(images[grid_labels(150, COLUMNS)])
    middle = picture.shape[1] // 2
    real, generated = picture[16:, middle - 308 : middle - 6], picture[16:, -302:]
    expected = np.tile(np.arange(MAX_CLASSES)[:, None], COLUMNS)
    np.testing.assert_array_equal(shades(real, COLUMNS), expected)
    np.testing.assert_array_equal(shades(generated, COLUMNS), expected)


@pytest.mark.parametrize(
    "kind, classes, count",
    [(Images(), 0, 64), (Images(), 4, 32), (Images(), 150, 160), (small.TABLE, 0, 2500)],
)
def test_latent_points_of_progress(kind, classes, count):
    params = SimpleNamespace(seed=0, noise="normal", latent_dim=5)
    assert Progress(params, kind, classes).points.shape == (count, 5 + classes)
