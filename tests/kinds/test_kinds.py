"""Kinds of data: no other code asks for the kind, and a new one is one file."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from ganpkg import kinds
from ganpkg.kinds.images import Images
from ganpkg.kinds.rows import Rows
from tests.pipeline import ROOT

QUESTIONS = (
    r"is_table|\bif (not )?[\w.]*\btable\b|\btable is (not )?None|isinstance\(.*kind|type\(\w*kind"
)
SIGNALS = '''
import numpy as np
import pandas as pd

from ganpkg.kinds import Kind
from ganpkg.storage import atomic


class Signals(Kind):
    activation, values, batch_normalization = None, "signal", False
    progress_samples = 16

    def __init__(self, rate):
        self.rate = rate

    def pictures(self, reals, labels, classes):
        from ganpkg.sampling.pictures import Grids

        class Curves(Grids):
            def samples(self, samples):
                return super().samples(curves(samples))

            def interpolations(self, samples):
                return super().interpolations(curves(samples))

            def progress(self, samples):
                return super().progress(curves(samples))

        return Curves(curves(reals), labels, classes)

    def save_closest(self, folder, copies, originals, distances):
        with atomic(f"{folder}/closest.csv") as temporary:
            pd.DataFrame({"distance": distances}).to_csv(temporary, index=False)

    def feature_network(self, samples):
        import keras

        signal = keras.Input(samples.shape[1:])
        return keras.Model(signal, keras.layers.Flatten(name="features")(signal), name="values")


def curves(samples):
    """(n, length, 1) from -1 to 1 as pictures, (n, 32, length, 1) uint8."""
    heights = np.clip(15.5 - 15.5 * samples[:, None, :, 0], 0, 31).astype(int)
    return (255 * (heights == np.arange(32)[:, None])).astype(np.uint8)[..., None]
'''
WAVES = """
import numpy as np

from ganpkg.datasets.dataset import Dataset, Split, split_in_three
from ganpkg.datasets.source import Source
from ganpkg.kinds.signals import Signals


class Digits(Source):
    kind = Signals

    def load(self, split_seed, raw):
        start = np.random.default_rng(0).uniform(0, 1, (1000, 1, 1))
        waves = np.sin(2 * np.pi * (start + np.arange(32)[:, None] / 16)).astype(np.float32)
        splits = split_in_three(Split(waves, np.zeros(1000, np.uint8)), 250, 0)
        return Dataset(*splits, kind=Signals(rate=16))
"""


def test_no_other_code_asks_for_the_kind():
    files = [*ROOT.glob("ganpkg/**/*.py"), *ROOT.glob("stages/*.py")]
    found = {
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for file in files
        if file.parent.name != "kinds"
        for line in file.read_text().splitlines()
        if re.search(QUESTIONS, line)
    }
    assert found == set()


def test_pixels_come_back_from_the_networks():
    pixels = np.arange(256, dtype=np.uint8).reshape(4, 8, 8, 1)
    values = Images().to_networks(pixels.astype(np.float32))
    assert values.dtype == np.float32 and (values.min(), values.max()) == (-1, 1)
    np.testing.assert_array_equal(Images().from_networks(values), pixels)
    np.testing.assert_array_equal(Images().from_networks(values * 1.1)[0, 0, 0], [0])


def test_table_json_restores_the_kind():
    table = Rows.from_rows(["a", "b"], np.random.default_rng(0).normal(size=(50, 2)))
    for kind in (Images(), table):
        content = json.loads(json.dumps(kind.to_json()))
        again = kinds.from_json(content)
        assert type(again) is type(kind) and vars(again) == vars(kind)


@pytest.mark.parametrize("name", ["sounds", "table", "../images", 3, None])
def test_an_unknown_kind(name):
    with pytest.raises((ValueError, TypeError, AttributeError)):
        kinds.from_json({"kind": name})


def test_the_exported_samples_are_evaluated(tmp_path):
    rows = np.random.default_rng(0).integers(0, 9, size=(50, 2)).astype(float)
    table = Rows.from_rows(["a", "b"], rows)
    samples = table.scale(rows + 0.2)
    np.testing.assert_array_equal(table.export(samples, tmp_path), table.scale(rows))
    assert (tmp_path / "samples.csv").read_text().startswith("a,b\n")
    assert Images().export(samples, tmp_path) is samples and len(list(tmp_path.iterdir())) == 1


def test_a_mixture_is_in_its_own_unit():
    rows = np.random.default_rng(0).normal(5, 2, size=(50, 2))
    centres = [[5.0, 5.0]]
    table = Rows.from_rows(["a", "b"], rows, modes=centres, mode_deviation=2.0)
    points, found, deviation = table.mixture(table.scale(rows))
    np.testing.assert_allclose(points, rows, atol=1e-5)
    assert found.tolist() == centres and deviation == 2
    assert replace(table, modes=None).mixture(rows) is Images().mixture(rows) is None


@pytest.mark.slow
def test_a_new_kind_is_one_file_and_a_dataset_that_names_it(fresh):
    (fresh.folder / "ganpkg/kinds/signals.py").write_text(SIGNALS)
    (fresh.folder / "ganpkg/datasets/digits.py").write_text(WAVES)
    output = fresh.play_apart()
    assert "500 train, 250 valid, 250 test samples of shape (32, 1)" in output
    assert json.loads(fresh.read("data/prepared/table.json")) == {"kind": "signals", "rate": 16}
    samples = np.load(fresh.folder / "data/generated/samples.npz")["samples"]
    assert samples.shape == (400, 32, 1) and samples.dtype == np.float32
    metrics = json.loads(fresh.read("reports/metrics.json"))
    assert {"fid", "precision"} <= set(metrics) and not {"parzen", "column_distance"} & set(metrics)
    assert json.loads(fresh.read("reports/classifier.json")) == {"values": 32}
    assert (fresh.folder / "reports/report.html").is_file()
    changed = fresh.run("git", "status", "--porcelain").split()[1::2]
    assert changed == ["ganpkg/datasets/digits.py", "ganpkg/kinds/signals.py"]
