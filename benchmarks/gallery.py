"""The gallery: what each preset generates, beside real data, with its metrics.

    python -m benchmarks.gallery                        of every preset: hours on 2 cores
    python -m benchmarks.gallery dcgan-mnist parabola   of these

Runs each preset as a temporary experiment `gallery-NAME`, then writes its section of
docs/gallery.md and its picture in docs/gallery. Run it again after an interruption: it resumes the
preset that was training, and takes finished ones from the run cache. `pictures` runs only if it is
named: it needs data/raw/folder.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

import dvc.api

from ganpkg import git, machine, preset, stage
from ganpkg.errors import UserError
from ganpkg.evaluation import table
from ganpkg.evaluation.metrics import HEADLINES, SPLIT_METRICS
from ganpkg.tracking_store import connect

PAGE = Path("docs/gallery.md")
PICTURES = Path("docs/gallery")
TITLE = """# Gallery

What each preset generates: real samples on the left, generated ones on the right. Each number is
the mean over four draws, with the standard deviation; `real` is the same number of real samples
that no training used. [Evaluation](evaluation.md) explains the metrics. One command runs presets
and writes their sections:

```bash
python -m benchmarks.gallery                         # all of them: many hours on 2 cores
python -m benchmarks.gallery parabola dcgan-mnist    # these two
```
"""


def main():
    names = sys.argv[1:] or [name for name in preset.names() if name != "pictures"]
    for name in names:
        preset.values(name)  # an unknown name is an error before the first training
    for name in names:
        run(name)
        write(name)


def run(name: str) -> None:
    """Runs a preset as the experiment `gallery-NAME`, in place of an older one."""
    experiment = f"gallery-{name}"
    if experiment in experiments():
        command("dvc", "exp", "remove", experiment)
    command("ganpkg.preset", name, "--temp", "--name", experiment)


def command(module: str, *arguments: str) -> None:
    """Runs a module. If it fails, which it explains itself, this process ends with its status."""
    status = subprocess.run([sys.executable, "-m", module, *arguments]).returncode
    if status:
        sys.exit(status)


def experiments() -> dict[str, str]:
    """Name -> revision."""
    return {name: revision for revision, _, name in git.experiments()}


def write(name: str) -> None:
    """Writes the section of a preset whose experiment is finished, and its picture."""
    files = dvc.api.DVCFileSystem(rev=experiments()[f"gallery-{name}"])
    PICTURES.mkdir(exist_ok=True)
    files.get_file("reports/real_and_generated.png", str(PICTURES / f"{name}.png"))
    evaluation = json.loads(files.read_text("reports/evaluation.json"))
    generator = files.info("models/generator.keras")["dvc_info"]["md5"]
    about = preset.names()[name]
    sections = read_sections() | {
        name: f"{about}.\n\n"
        f"`python -m ganpkg.preset {name}`: {training_time(generator)}.\n\n"
        f"![real and generated samples of {name}](gallery/{name}.png)\n\n"
        f"{metrics(evaluation)}\n"
    }
    order = [name for name in preset.names() if name in sections]
    PAGE.write_text("\n".join([TITLE, *(f"## {name}\n\n{sections[name]}" for name in order)]))


def read_sections() -> dict[str, str]:
    """Preset -> its text on the page."""
    text = PAGE.read_text() if PAGE.is_file() else ""
    _, *parts = re.split(r"(?m)^## (.+)\n\n", text)
    return {name: body.rstrip() + "\n" for name, body in zip(parts[::2], parts[1::2], strict=True)}


def training_time(generator_md5: str) -> str:
    """How long the iterations of a generator's training took, by the speeds in MLflow."""
    client, experiment_id = connect()
    query = f"tags.generator_md5 = '{generator_md5}' and attributes.status = 'FINISHED'"
    runs = client.search_runs([experiment_id], query, order_by=["attributes.start_time"])
    speeds = runs and client.get_metric_history(runs[0].info.run_id, "images_per_second")
    if not speeds:
        raise UserError("MLflow has no run of this training: it was on another machine, or deleted")
    images = speeds[-1].step * int(runs[0].data.params["batch_size"])
    minutes = images * mean(1 / speed.value for speed in speeds) / 60
    avx = "with" if "avx512f" in machine.instructions() else "without"
    cores = len(os.sched_getaffinity(0))
    return f"trained in {max(1, round(minutes))} min on {cores} cores {avx} AVX-512"


def metrics(evaluation: dict) -> str:
    """A Markdown table of the headline metrics."""
    lines = ["| | generated | real |", "|---|---|---|"]
    for name, *values in rows(evaluation):
        cells = [f"`{name}`", *(table.mean_and_spread(*value) for value in values)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def rows(evaluation: dict) -> Iterator[tuple]:
    """Yields the name of a metric, and (mean, spread) of generated and of real samples."""
    numbers, spreads = evaluation["numbers"], evaluation["spreads"]
    for number in HEADLINES:
        if (name := number.name) in numbers:
            sets = "generated", "real"
            yield name, *((numbers[name].get(s), spreads[name].get(s)) for s in sets)
    for metric in SPLIT_METRICS:
        if (name := metric.name) in evaluation:
            values, keys = evaluation[name], (name, f"{name}_control")
            yield name, *((values[key], values[f"{key}_error"]) for key in keys)


if __name__ == "__main__":
    stage.run("gallery", main, takes_arguments=True)
