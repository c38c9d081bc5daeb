"""Fashion-MNIST: 70,000 pieces of clothing of 28x28 pixels (Xiao, Rasul & Vollgraf, 2017)."""

from typing import ClassVar

from ganpkg.datasets.keras_images import KerasDataset


class FashionMNIST(KerasDataset):
    name: ClassVar[str] = "fashion_mnist"
    shape: ClassVar[tuple[int, ...]] = (28, 28)
    train_count: ClassVar[int] = 60_000
    classes: ClassVar[list[str]] = [
        "T-shirt/top", "trouser", "pullover", "dress", "coat",
        "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ]  # fmt: skip
