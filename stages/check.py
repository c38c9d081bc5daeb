"""Checks params.yaml, so that mistakes are reported before anything else runs."""

from ganpkg import stage, storage


def main():
    stage.read_params()
    storage.write_bytes("data/checked.txt", b"params.yaml is sound\n")


if __name__ == "__main__":
    stage.run("check", main)
