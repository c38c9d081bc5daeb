"""Turns the chosen dataset into versioned train, valid and test splits."""

from pathlib import Path
from textwrap import shorten

from ganpkg import stage
from ganpkg.datasets import dataset


def main():
    params = stage.read_params()
    data = params.room("dataset").load(params.split_seed, Path("data/raw"))
    dataset.save(data, "data/prepared")
    sizes = ", ".join(f"{len(split.samples)} {name}" for name, split in data.splits.items())
    if data.classes:
        print(f"{len(data.classes)} classes: {shorten(', '.join(data.classes), 200)}")
    print(f"{params.dataset}: {sizes} samples of shape {data.train.samples.shape[1:]}")


if __name__ == "__main__":
    stage.run("prepare", main)
