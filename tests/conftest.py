"""What many tests share: the parameters that ship, changed and written where a test wants."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def shipped():
    """The parameters of the repository's params.yaml, as a dict."""
    return yaml.safe_load((ROOT / "params.yaml").read_text())


@pytest.fixture
def write_params(tmp_path, shipped):
    """Writes the shipped parameters with changes; returns the file's path."""

    def write(**changes):
        path = tmp_path / "params.yaml"
        path.write_text(yaml.safe_dump({**shipped, **changes}))
        return path

    return write
