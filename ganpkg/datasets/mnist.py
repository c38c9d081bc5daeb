"""MNIST: 70,000 handwritten digits of 28x28 pixels (LeCun, Cortes & Burges, 1998)."""

from typing import ClassVar

from ganpkg.datasets.keras_images import KerasDataset


class MNIST(KerasDataset):
    name: ClassVar[str] = "mnist"
    shape: ClassVar[tuple[int, ...]] = (28, 28)
    train_count: ClassVar[int] = 60_000
    classes: ClassVar[list[str]] = list("0123456789")
