"""The view of MLflow's UI in which runs are compared: losses first, then what decides.

python -m ganpkg.comparison    prints its address

It is saved as a tag of the experiment, as the UI itself saves a view that is shared.
"""

import json

from ganpkg import stage
from ganpkg.evaluation.metric import Level
from ganpkg.evaluation.metrics import NUMBERS

KEY = "losses-first"
TAG = f"mlflow.sharedViewState.{KEY}"
LINES = {
    "Losses": ("d_loss_real", "d_loss_fake", "g_loss"),
    "Accuracies": ("d_accuracy_real", "d_accuracy_fake"),
}
BARS = {"Numbers": [n.name for n in NUMBERS if n.level == Level.HEADLINE]}
LINE = {
    "xAxisKey": "step", "selectedXAxisMetricKey": "", "useGlobalXaxisKey": True,
    "lineSmoothness": 0, "useGlobalLineSmoothing": True, "xAxisScaleType": "linear",
    "scaleType": "linear", "range": {}, "yAxisKey": "metric", "yAxisExpressions": [],
}  # fmt: skip


def view() -> str:
    """The tag's content. All else that runs have comes after it, in a section of MLflow's."""
    charts, sections = [], []
    for kind, more, groups in (("LINE", LINE, LINES), ("BAR", {}, BARS)):
        for section, metrics in groups.items():
            sections.append({"uuid": section, "name": section, "display": True})
            for metric in metrics:
                charts.append(
                    {
                        "uuid": metric, "type": kind, "metricKey": metric, "displayName": metric,
                        "metricSectionId": section, "isGenerated": True, "deleted": False,
                        "runsCountToCompare": 10, **more,
                    }
                )  # fmt: skip
    state = {
        "compareRunCharts": charts,
        "compareRunSections": sections,
        "isAccordionReordered": True,  # it keeps this order
        "hideEmptyCharts": True,
    }
    state = json.dumps(state, separators=(",", ":"))  # a tag has 5,000 characters at most
    return json.dumps({"name": "Losses first", "createdAt": 0, "state": state})


def address(server: str, experiment_id: str) -> str:
    """Where a browser shows it. A store that is a file is shown by `mlflow ui`."""
    place = server if server.startswith("http") else "http://127.0.0.1:5000"
    options = f"compareRunsMode=CHART&workflowType=machine_learning&viewStateShareKey={KEY}"
    return f"{place.rstrip('/')}/#/experiments/{experiment_id}/runs?{options}"


def main():
    from ganpkg.tracking_store import connect, uri

    _, experiment_id = connect()
    print(f"compare the runs on {address(uri(), experiment_id)}")


if __name__ == "__main__":
    stage.run("comparison", main)
