"""A picture of a folder: every format, mode and depth becomes a square of 8 bits."""

import struct

import numpy as np
import pytest
from PIL import Image

from ganpkg.datasets import folder


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "gif", "webp", "tiff"])
@pytest.mark.parametrize("colours, channels", [("grey", 1), ("rgb", 3)])
def test_formats(tmp_path, suffix, colours, channels):
    path = tmp_path / f"picture.{suffix}"
    Image.new("RGB", (40, 30), (255, 255, 255)).save(path)
    picture = folder.read_picture(path, 16, colours)
    assert picture.shape == (16, 16, channels) and picture.dtype == np.uint8
    assert picture.min() >= 250


@pytest.mark.parametrize(
    "mode, fill, expected",
    [
        ("1", 1, 255), ("L", 100, 100), ("P", 0, 0), ("CMYK", (0, 0, 0, 155), 100),
        ("RGBA", (0, 0, 0, 0), 255), ("RGBA", (100, 100, 100, 255), 100), ("LA", (0, 0), 255),
    ],
)  # fmt: skip
def test_modes(tmp_path, mode, fill, expected):
    path = tmp_path / ("picture.tiff" if mode == "CMYK" else "picture.png")
    Image.new(mode, (20, 20), fill).save(path)
    picture = folder.read_picture(path, 10, "rgb")
    np.testing.assert_allclose(picture, expected, atol=1)


@pytest.mark.parametrize("suffix", ["png", "tiff", "pgm"])
def test_sixteen_bits(tmp_path, suffix):
    file = tmp_path / f"deep.{suffix}"
    Image.fromarray(np.full((20, 20), 0x8000, np.uint16)).save(file)
    np.testing.assert_array_equal(folder.read_picture(file, 10, "grey"), 0x80)


def test_twelve_bits(tmp_path):
    (tmp_path / "deep.pgm").write_bytes(b"P5 20 20 4095\n" + b"\x08\x00" * 400)
    np.testing.assert_array_equal(folder.read_picture(tmp_path / "deep.pgm", 10, "grey"), 0x80)


def test_twelve_bits_of_tiff_have_no_known_white(tmp_path):
    """Pillow gives them as 16 bits, from 0 to 4095."""
    pixels = b"\x80\x08\x00" * 200
    tags = {256: 20, 257: 20, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: 20, 279: len(pixels)}
    entries = b"".join(struct.pack("<HHIHH", tag, 3, 1, tags[tag], 0) for tag in tags)
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    header = b"II*\0" + struct.pack("<I", 8 + len(pixels))
    (tmp_path / "deep.tiff").write_bytes(header + pixels + directory)
    with Image.open(tmp_path / "deep.tiff") as image:
        assert image.getpixel((0, 0)) == 2048
    with pytest.raises(ValueError, match="nothing says which number is white"):
        folder.read_picture(tmp_path / "deep.tiff", 10, "grey")


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_other_numbers_have_no_known_white(tmp_path, dtype):
    Image.fromarray(np.ones((20, 20), dtype)).save(tmp_path / "deep.tiff")
    with pytest.raises(ValueError, match="nothing says which number is white"):
        folder.read_picture(tmp_path / "deep.tiff", 10, "grey")


def test_turned_as_the_camera_says(tmp_path):
    """Orientation 6: the stored picture's left side is up."""
    pixels = np.zeros((20, 20, 3), np.uint8)
    pixels[:, :10] = 255
    image = Image.fromarray(pixels)
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "turned.png", exif=exif)
    picture = folder.read_picture(tmp_path / "turned.png", 20, "grey")
    assert picture[:9].min() > 250 and picture[11:].max() < 5


def test_the_middle_is_kept_whatever_the_shape(tmp_path):
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = 255
    Image.fromarray(wide).save(tmp_path / "wide.png")
    assert folder.read_picture(tmp_path / "wide.png", 10, "grey").min() > 200


def test_huge_pictures_are_refused(tmp_path, monkeypatch):
    Image.new("L", (40, 30)).save(tmp_path / "huge.png")
    monkeypatch.setattr(folder, "MAX_PIXELS", 1000)
    with pytest.raises(ValueError, match="40x30 pixels are more than 1,000"):
        folder.read_picture(tmp_path / "huge.png", 16, "grey")
