"""Deep convolutional networks after Radford, Metz & Chintala (2016).

Strided and transposed convolutions with 4x4 kernels, batch normalisation in the generator,
LeakyReLU in the discriminator. The generator ends in a transposed convolution from half
the image's size: a convolution at full size with few output channels would be by far the
slowest layer on a CPU.
"""

import keras
from keras import layers

KERNEL = 4  # a multiple of the stride: no checkerboard


def halvings(height: int, width: int) -> int:
    """How often an image is halved on its way to a map of about 4 to 7 pixels a side.

    28 gives 2 (28, 14, 7), 32 gives 3 (32, 16, 8, 4), 8 gives 1 (8, 4).
    """
    count = 0
    while height % 2 == width % 2 == 0 and min(height, width) >= 8:
        height, width, count = height // 2, width // 2, count + 1
    return count


def generator(latent_dim: int, sample_shape: tuple[int, ...], filters: int) -> keras.Model:
    """Maps (batch, latent_dim) to (batch, height, width, channels) in [-1, 1].

    Args:
        filters: of the last hidden layer; doubled at each halving of the map.
    """
    height, width, channels = sample_shape
    count = halvings(height, width)
    depth = filters * 2 ** (count - 1)
    start = (height >> count, width >> count, depth)
    stack = [
        keras.Input((latent_dim,), name="latent"),
        layers.Dense(start[0] * start[1] * depth, use_bias=False, name="project"),
        layers.Reshape(start, name="map"),
        layers.BatchNormalization(momentum=0.9, name="norm_0"),
        layers.ReLU(name="relu_0"),
    ]
    for number in range(1, count):
        depth //= 2
        stack += [
            layers.Conv2DTranspose(
                depth, KERNEL, strides=2, padding="same", use_bias=False, name=f"up_{number}"
            ),
            layers.BatchNormalization(momentum=0.9, name=f"norm_{number}"),
            layers.ReLU(name=f"relu_{number}"),
        ]
    stack.append(
        layers.Conv2DTranspose(
            channels, KERNEL, strides=2, padding="same", activation="tanh", name="pixels"
        )
    )
    return keras.Sequential(stack, name="generator")


def discriminator(sample_shape: tuple[int, ...], filters: int) -> keras.Model:
    """Maps (batch, height, width, channels) in [-1, 1] to logits (batch, 1).

    It has no batch normalisation: the textbook shows it fakes and reals in separate
    batches, whose statistics would give them away.

    Args:
        filters: of the first layer; doubled at each halving of the map.
    """
    stack = [keras.Input(sample_shape, name="sample")]
    for number in range(halvings(*sample_shape[:2])):
        stack += [
            layers.Conv2D(
                filters * 2**number, KERNEL, strides=2, padding="same", name=f"down_{number}"
            ),
            layers.LeakyReLU(0.2, name=f"relu_{number}"),
        ]
    stack += [layers.Flatten(name="flat"), layers.Dense(1, name="logit")]
    return keras.Sequential(stack, name="discriminator")
