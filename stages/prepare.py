"""Turns the chosen dataset into versioned train, valid and test splits."""

from textwrap import shorten

from ganpkg import datasets, stage
from ganpkg.datasets import dataset
from ganpkg.params import read_params


def main():
    params = read_params()
    data = datasets.load(params)
    dataset.save(data, "data/prepared")
    sizes = ", ".join(f"{len(split.samples)} {name}" for name, split in data.splits.items())
    if data.classes:
        print(f"{len(data.classes)} classes: {shorten(', '.join(data.classes), 200)}")
    print(f"{params.dataset}: {sizes} samples of shape {data.train.samples.shape[1:]}")


if __name__ == "__main__":
    stage.run("prepare", main)
