"""Deep convolutional networks after Radford, Metz & Chintala (2016).

Their guidelines (section 3): strided and transposed convolutions instead of pooling; batch
normalisation everywhere but at the generator's output and the discriminator's input; ReLU
and a final tanh in the generator, LeakyReLU of slope 0.2 in the discriminator; weights drawn
from N(0, 0.02). The generator ends in a transposed convolution from half the image's size:
a convolution at full size with few output channels would be by far the slowest layer on a
CPU.
"""

import keras
from keras import layers

KERNEL = 4  # a multiple of the stride: no checkerboard
DEVIATION = 0.02  # of the start weights


def halvings(height: int, width: int) -> int:
    """How often an image is halved: as long as both sides are even, and at least 8.

    28 gives 2 (28, 14, 7), 32 gives 3 (32, 16, 8, 4), 8 gives 1 (8, 4). Odd sides give none, and no
    network.
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
        layers.Dense(
            start[0] * start[1] * depth,
            use_bias=False,
            kernel_initializer=start_weights(),
            name="project",
        ),
        layers.Reshape(start, name="map"),
        normalization("batch", "norm_0"),
        layers.ReLU(name="relu_0"),
    ]
    for number in range(1, count):
        depth //= 2
        stack += [
            up(depth, f"up_{number}", use_bias=False),
            normalization("batch", f"norm_{number}"),
            layers.ReLU(name=f"relu_{number}"),
        ]
    stack.append(up(channels, "pixels", activation="tanh", dtype=keras.config.floatx()))
    return keras.Sequential(stack, name="generator")


def discriminator(
    sample_shape: tuple[int, ...], filters: int, normalization_name: str
) -> keras.Model:
    """Maps (batch, height, width, channels) in [-1, 1] to logits (batch, 1).

    Args:
        filters: of the first layer; doubled at each halving of the map.
        normalization_name: `batch`, as in the paper; `layer`, which knows no batch, as
            objectives that look at single samples need it; or `none`.
    """
    stack = [keras.Input(sample_shape, name="sample")]
    for number in range(halvings(*sample_shape[:2])):
        stack.append(
            layers.Conv2D(
                filters * 2**number,
                KERNEL,
                strides=2,
                padding="same",
                kernel_initializer=start_weights(),
                name=f"down_{number}",
            )
        )
        if number and normalization_name != "none":
            stack.append(normalization(normalization_name, f"norm_{number}"))
        stack.append(layers.LeakyReLU(0.2, name=f"relu_{number}"))
    stack += [
        layers.Flatten(name="flat"),
        layers.Dense(
            1, kernel_initializer=start_weights(), dtype=keras.config.floatx(), name="logit"
        ),
    ]
    return keras.Sequential(stack, name="discriminator")


def start_weights():
    return keras.initializers.RandomNormal(stddev=DEVIATION)


def normalization(name: str, layer_name: str) -> keras.layers.Layer:
    # Its factors start at 1 here; the authors' code draws them from N(1, 0.02).
    if name == "batch":
        return layers.BatchNormalization(momentum=0.9, name=layer_name)
    return layers.LayerNormalization(axis=(1, 2, 3), name=layer_name)


def up(filters: int, name: str, **options) -> keras.layers.Layer:
    """Doubles the size of a map."""
    return layers.Conv2DTranspose(
        filters,
        KERNEL,
        strides=2,
        padding="same",
        kernel_initializer=start_weights(),
        name=name,
        **options,
    )
