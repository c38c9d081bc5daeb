"""CIFAR-10: 60,000 colour photographs of 32x32 pixels (Krizhevsky, 2009)."""

from ganpkg.datasets.keras_images import KerasDataset


class CIFAR10(KerasDataset):
    name = "cifar10"
    shape = (32, 32, 3)
    train_count = 50_000
    classes = (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    )  # fmt: skip
