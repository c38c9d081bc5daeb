"""Objectives x networks on MNIST, over two seeds: queued through DVC, read from MLflow.

    python -m benchmarks.objectives [KEY=VALUE ...]

Everything but the objective, the networks and the seed is the same in all runs (`SETTINGS`, which
further settings change). Prints a table in Markdown: each seed's number, and the mean time of a
training. Runs that have been made before are not made again.
"""

import subprocess
import sys
import time
from typing import get_args

import mlflow

from ganpkg import stage, tracking
from ganpkg.errors import UserError
from ganpkg.params import Params

OBJECTIVES = get_args(Params.model_fields["objective"].annotation)
NETWORKS = ("mlp", "dcgan")
SEEDS = ("0", "1")
SETTINGS = {
    "dataset": "mnist",
    "generator_units": "[256, 512]",
    "discriminator_units": "[256, 128]",
    "filters": "32",
    "discriminator_normalization": "layer",
    "update": "joint",
    "batch_size": "128",
    "epochs": "5",
}
POLL_SECONDS = 2


def main():
    settings = {**SETTINGS, **dict(setting.split("=", 1) for setting in sys.argv[1:])}
    grid = {"objective": OBJECTIVES, "architecture": NETWORKS, "seed": SEEDS}
    grid = {key: settings.pop(key, ",".join(values)) for key, values in grid.items()}
    chosen = [f"-S{key}={value}" for key, value in {**settings, **grid}.items()]
    dvc("exp", "run", "--queue", *chosen)
    dvc("queue", "start", "--jobs", "1")
    while any(state in dvc("queue", "status") for state in ("Queued", "Running")):
        time.sleep(POLL_SECONDS)
    runs = newest_runs(settings)
    print("| objective | networks | FID | KID | classes covered | training |")
    print("|---|---|---|---|---|---|")
    for objective in grid["objective"].split(","):
        for network in grid["architecture"].split(","):
            keys = [(objective, network, seed) for seed in grid["seed"].split(",")]
            print(row(objective, network, [runs[key] for key in keys if key in runs]))


def dvc(*arguments: str) -> str:
    done = subprocess.run(["dvc", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"dvc {arguments[0]}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def newest_runs(settings: dict[str, str]) -> dict[tuple[str, ...], mlflow.entities.Run]:
    """Of each objective, network and seed, the newest evaluated run with these settings."""
    client, experiment_id = tracking.connect()
    wanted = " AND ".join(f"params.{key} = '{value}'" for key, value in settings.items())
    found = client.search_runs([experiment_id], wanted, order_by=["attributes.start_time ASC"])
    keys = ("objective", "architecture", "seed")
    return {
        tuple(run.data.params[key] for key in keys): run
        for run in found
        if "fid" in run.data.metrics
    }


def row(objective: str, network: str, runs: list) -> str:
    def of_each(name, digits):
        return ", ".join(f"{run.data.metrics[name]:.{digits}f}" for run in runs) or "-"

    seconds = [(run.info.end_time - run.info.start_time) / 1000 for run in runs]
    mean = f"{sum(seconds) / len(seconds):.0f} s" if runs else "-"
    numbers = of_each("fid", 1), of_each("kid", 1), of_each("classes_covered", 0), mean
    return f"| `{objective}` | `{network}` | {' | '.join(numbers)} |"


if __name__ == "__main__":
    stage.run("objectives", main)
