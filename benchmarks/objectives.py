"""Objectives x networks on MNIST, over two seeds: queued through DVC, read from MLflow.

    python -m benchmarks.objectives [KEY=VALUE ...]

All runs of the same networks differ in the objective and the seed alone; epochs are such that both
kinds of networks should train for about a minute on 2 cores. Further settings change `SETTINGS`.
Prints a table in Markdown: each seed's number, and the mean time of a training. Expect an hour and
a half.
"""

import subprocess
import sys
import time

import mlflow

from ganpkg import stage, tracking_store
from ganpkg.errors import UserError
from ganpkg.section import choices

OBJECTIVES = list(choices("ganpkg.objectives"))
NETWORKS = {"mlp": {"epochs": "25"}, "dcgan": {"epochs": "5"}}
SEEDS = "0,1"
SETTINGS = {
    "dataset": "mnist",
    "mlp.generator_units": "[256, 512]",
    "mlp.discriminator_units": "[256, 128]",
    "dcgan.filters": "32",
    "dcgan.normalization": "layer",
    "update": "joint",
    "batch_size": "128",
}
POLL_SECONDS = 30


def main():
    given = dict(setting.split("=", 1) for setting in sys.argv[1:])
    grids = [
        {
            **SETTINGS,
            "architecture": network,
            **options,
            "objective": ",".join(OBJECTIVES),
            "seed": SEEDS,
            **given,
        }
        for network, options in NETWORKS.items()
    ]
    for grid in grids:
        dvc("exp", "run", "--queue", *(f"-S{key}={value}" for key, value in grid.items()))
    dvc("queue", "start", "--jobs", "1")
    wait()
    print("| objective | networks | FID | KID | classes covered | training |")
    print("|---|---|---|---|---|---|")
    for objective in grids[0]["objective"].split(","):
        for grid in grids:
            print(row(objective, grid["architecture"], runs_of({**grid, "objective": objective})))


def wait() -> None:
    """Until the queue is worked off; seldom asked, since asking takes of the trainings' time."""
    time.sleep(POLL_SECONDS)
    while "Running" in (status := dvc("queue", "status")) or "Queued" in status:
        if "0 active, 0 idle" in status:
            raise UserError("the queue's worker is gone; `dvc queue start` goes on with the rest")
        time.sleep(POLL_SECONDS)


def dvc(*arguments: str) -> str:
    done = subprocess.run(["dvc", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"dvc {arguments[0]}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def runs_of(settings: dict[str, str]) -> list[mlflow.entities.Run]:
    """The evaluated runs with these settings, the newest of each seed."""
    client, experiment_id = tracking_store.connect()
    single = {key: value for key, value in settings.items() if key != "seed"}
    found = client.search_runs([experiment_id], order_by=["attributes.start_time ASC"])
    newest = {
        run.data.params["seed"]: run
        for run in found
        if "fid" in run.data.metrics
        # What does not count under the others is not logged.
        and all(run.data.params.get(key, value) == value for key, value in single.items())
    }
    return [newest[seed] for seed in settings["seed"].split(",") if seed in newest]


def row(objective: str, network: str, runs: list) -> str:
    def of_each(name, digits):
        return ", ".join(f"{run.data.metrics[name]:.{digits}f}" for run in runs) or "-"

    seconds = [(run.info.end_time - run.info.start_time) / 1000 for run in runs]
    mean = f"{sum(seconds) / len(seconds):.0f} s" if runs else "-"
    numbers = of_each("fid", 1), of_each("coverage", 2), of_each("class_kl", 2), mean
    return f"| `{objective}` | `{network}` | {' | '.join(numbers)} |"


if __name__ == "__main__":
    stage.run("objectives", main, takes_arguments=True)
