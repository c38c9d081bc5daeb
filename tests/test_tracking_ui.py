"""What a person sees who compares runs in MLflow's UI."""

import re

import pytest

from ganpkg import comparison, tracking
from tests.browser import dom
from tests.server import Server
from tests.store import DATA_MD5, PARAMS

LOSSES = "d_loss_real", "d_loss_fake", "g_loss"


def test_the_view_fits_into_a_tag():
    assert len(comparison.view()) <= 5000


@pytest.mark.slow
def test_three_runs_are_compared_losses_first(store, monkeypatch, capsys):
    for number, name in enumerate(("first", "second", "third")):
        monkeypatch.setenv("DVC_EXP_NAME", name)
        with tracking.TrainingRun(PARAMS, DATA_MD5) as run:
            for step in (10, 20, 30):
                scores = (*LOSSES, "d_accuracy_real", "d_accuracy_fake", "class_share_1")
                run.log_metrics(dict.fromkeys(scores, number + step / 30), step)
            run.log_metrics(dict.fromkeys(comparison.SECTIONS["Numbers"][1], 1.0), 0)
    told = capsys.readouterr().out.splitlines()[-1]
    assert told.startswith("MLflow (`make ui`): http://127.0.0.1:5000/#/experiments/1/runs?")
    server = Server(store, f"sqlite:///{store}/mlflow.db")
    server.start()
    try:
        seen = dom(comparison.address(server.uri, "1"), width=1600, seconds=60)
    finally:
        server.stop()
    charts = re.split('data-testid="experiment-view-compare-runs-card"', seen)[1:]
    for chart, loss in zip(charts[: len(LOSSES)], LOSSES, strict=True):
        assert re.search(r">(\w+_\w+)<", chart)[1] == loss
        assert len(set(re.findall(r'class="js-line" d="([^"]+)"', chart))) == 3
        assert all(name in chart for name in ("first", "second", "third"))
    assert "Model training" in seen and "class_share_1" not in seen
