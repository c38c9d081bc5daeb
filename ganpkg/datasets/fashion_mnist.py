"""Fashion-MNIST: 70,000 pieces of clothing of 28x28 pixels (Xiao, Rasul & Vollgraf, 2017)."""

from ganpkg.datasets.keras_images import KerasDataset


class FashionMNIST(KerasDataset):
    name = "fashion_mnist"
    classes = (
        "T-shirt/top", "trouser", "pullover", "dress", "coat",
        "sandal", "shirt", "sneaker", "bag", "ankle boot",
    )  # fmt: skip
