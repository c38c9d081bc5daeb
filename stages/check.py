"""Checks params.yaml, so that mistakes are reported before anything else runs."""

from pathlib import Path

from ganpkg import stage, storage
from ganpkg.errors import UserError


def main():
    params = stage.read_params()
    folder = Path("data/init") / params.init
    if not folder.is_dir():
        raise UserError(
            f"params.yaml: init: given {params.init}, expected none or the name of a folder in "
            f"{folder.parent},\nwith generator.keras and discriminator.keras"
        )
    storage.write_bytes("data/checked.txt", b"params.yaml is sound\n")


if __name__ == "__main__":
    stage.run("check", main)
