"""CIFAR-10: 60,000 colour photographs of 32x32 pixels (Krizhevsky, 2009)."""

from typing import ClassVar

from ganpkg.datasets.keras_images import KerasDataset


class CIFAR10(KerasDataset):
    name: ClassVar[str] = "cifar10"
    shape: ClassVar[tuple[int, ...]] = (32, 32, 3)
    train_count: ClassVar[int] = 50_000
    classes: ClassVar[list[str]] = [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    ]  # fmt: skip
