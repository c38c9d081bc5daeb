"""The view of MLflow's UI that compares runs: losses first, then the headline numbers.

python -m ganpkg.comparison    prints its address

It is stored as a tag of the experiment, in the format in which the UI stores shared views.
"""

import json

from ganpkg import stage
from ganpkg.evaluation.metrics import HEADLINES

KEY = "losses-first"
TAG = f"mlflow.sharedViewState.{KEY}"
LINE = {
    "type": "LINE", "xAxisKey": "step", "useGlobalXaxisKey": True,
    "lineSmoothness": 0, "useGlobalLineSmoothing": True, "xAxisScaleType": "linear",
    "scaleType": "linear", "range": {}, "yAxisKey": "metric", "yAxisExpressions": [],
}  # fmt: skip
BAR = {"type": "BAR"}
SECTIONS = {
    "Losses": (LINE, ["d_loss_real", "d_loss_fake", "g_loss"]),
    "Accuracies": (LINE, ["d_accuracy_real", "d_accuracy_fake"]),
    "Numbers": (BAR, [number.name for number in HEADLINES]),
}


def view() -> str:
    """The content of the tag. MLflow appends a section for all other metrics."""
    charts = [
        {
            "uuid": metric, "metricKey": metric, "displayName": metric, "metricSectionId": section,
            "isGenerated": True, "deleted": False, "runsCountToCompare": 10, **options,
        }
        for section, (options, metrics) in SECTIONS.items()
        for metric in metrics
    ]  # fmt: skip
    state = {
        "compareRunCharts": charts,
        "compareRunSections": [{"uuid": s, "name": s, "display": True} for s in SECTIONS],
        "isAccordionReordered": True,  # keeps this order
        "hideEmptyCharts": True,
    }
    state = json.dumps(state, separators=(",", ":"))  # a tag holds at most 5,000 characters
    return json.dumps({"name": "Losses first", "createdAt": 0, "state": state})


def address(server: str, experiment_id: str) -> str:
    """The address of the view: on the tracking server, or on a local `mlflow ui` for a file
    store."""
    base = server if server.startswith("http") else "http://127.0.0.1:5000"
    options = f"compareRunsMode=CHART&workflowType=machine_learning&viewStateShareKey={KEY}"
    return f"{base.rstrip('/')}/#/experiments/{experiment_id}/runs?{options}"


def main():
    from ganpkg.tracking_store import connect, uri

    _, experiment_id = connect()
    print(f"compare the runs on {address(uri(), experiment_id)}")


if __name__ == "__main__":
    stage.run("comparison", main)
