"""MNIST: 70,000 handwritten digits of 28x28 pixels (LeCun, Cortes & Burges, 1998)."""

from ganpkg.datasets.keras_images import KerasDataset


class MNIST(KerasDataset):
    name = "mnist"
