"""The schema of params.yaml, and the only reader of it."""

import difflib
import math
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ganpkg.errors import UserError

UNKNOWN_KEY = ("extra_forbidden", "invalid_key")  # what pydantic calls it
MOST_ROWS = 1_000_000  # of history.csv
TABLES = ("csv", "parabola", "ring", "grid")
WITH_LABELS = ("non_saturating", "minimax", "maximum_likelihood", "least_squares")

Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
LearningRate = Annotated[float, Field(gt=0, le=10)]
LearningRateFloor = Annotated[float, Field(ge=0, le=10)]
Momentum = Annotated[float, Field(ge=0, lt=1)]
Penalty = Annotated[float, Field(ge=0, le=10_000)]
Epochs = Annotated[int, Field(ge=1, le=1_000_000)]
Optimizer = Literal["adam", "rmsprop", "sgd"]
Units = Annotated[list[Annotated[int, Field(ge=1, le=8192)]], Field(min_length=1, max_length=16)]


class Params(BaseModel):
    """Every knob. params.yaml says beside each key what it is for."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    dataset: Literal[
        "digits",
        "mnist",
        "fashion_mnist",
        "cifar10",
        "stacked_mnist",
        "folder",
        "csv",
        "parabola",
        "ring",
        "grid",
    ]
    image_size: Annotated[int, Field(ge=8, le=128)]
    image_colours: Literal["grey", "rgb"]
    skip_damaged: bool
    split_seed: Seed

    conditional: bool
    architecture: Literal["mlp", "dcgan", "maxout"]
    generator_units: Units
    discriminator_units: Units
    filters: Annotated[int, Field(ge=1, le=1024)]
    discriminator_normalization: Literal["batch", "layer", "none"]
    noise: Literal["normal", "uniform"]
    latent_dim: Annotated[int, Field(ge=1, le=4096)]

    objective: Literal[
        "non_saturating",
        "minimax",
        "maximum_likelihood",
        "least_squares",
        "hinge",
        "wasserstein",
        "wasserstein_gp",
    ]
    label_smoothing: Annotated[float, Field(ge=0, lt=0.5)]
    weight_clip: Annotated[float, Field(gt=0, le=100)]
    gradient_penalty: Penalty
    r1: Penalty
    update: Literal["separate", "joint", "simultaneous"]
    discriminator_steps: Annotated[int, Field(ge=1, le=100)]
    sampling: Literal["replacement", "epoch"]
    epochs: Epochs
    batch_size: Annotated[int, Field(ge=2, le=65_536)]
    generator_optimizer: Optimizer
    generator_learning_rate: LearningRate
    generator_learning_rate_decay: Annotated[float, Field(ge=1, le=2)]
    generator_learning_rate_floor: LearningRateFloor
    generator_momentum: Momentum
    generator_momentum_rise: Momentum
    generator_momentum_rise_epochs: Epochs
    generator_beta_2: Momentum
    discriminator_optimizer: Optimizer
    discriminator_learning_rate: LearningRate
    discriminator_learning_rate_decay: Annotated[float, Field(ge=1, le=2)]
    discriminator_learning_rate_floor: LearningRateFloor
    discriminator_momentum: Momentum
    discriminator_momentum_rise: Momentum
    discriminator_momentum_rise_epochs: Epochs
    discriminator_beta_2: Momentum
    ema_decay: Momentum
    seed: Seed
    deterministic: bool
    precision: Literal["float32", "bfloat16"]
    engine: Literal["compiled", "textbook"]
    select: Literal["last", "best_fid"]
    log_every: Annotated[int, Field(ge=1, le=1_000_000_000)]
    progress_grids: Annotated[int, Field(ge=1, le=1000)]

    num_samples: Annotated[int, Field(ge=120, le=1_000_000)]  # 4 draws of 30 at least
    sample_seed: Seed

    def effective(self) -> dict[str, Any]:
        """The parameters that count, name -> value, under what is chosen by the others."""
        counts = {
            "image_size": self.dataset == "folder",
            "image_colours": self.dataset == "folder",
            "skip_damaged": self.dataset == "folder",
            "generator_units": self.architecture != "dcgan",
            "discriminator_units": self.architecture != "dcgan",
            "filters": self.architecture == "dcgan",
            "discriminator_normalization": self.architecture == "dcgan",
            "label_smoothing": self.objective in WITH_LABELS,
            "weight_clip": self.objective == "wasserstein",
            "gradient_penalty": self.objective == "wasserstein_gp",
        }
        for player in ("generator", "discriminator"):
            sgd = getattr(self, f"{player}_optimizer") == "sgd"
            rises = bool(getattr(self, f"{player}_momentum_rise"))
            counts |= {
                f"{player}_learning_rate_floor": getattr(self, f"{player}_learning_rate_decay") > 1,
                f"{player}_momentum_rise": sgd,
                f"{player}_momentum_rise_epochs": sgd and rises,
                f"{player}_beta_2": not sgd,
            }
        return {name: value for name, value in self.model_dump().items() if counts.get(name, True)}

    def differences(self, others: dict[str, Any]) -> str:
        """What of the effective parameters differs from others, as `key=value key=value`."""
        return " ".join(
            f"{name}={value}" for name, value in self.effective().items() if others[name] != value
        )

    @model_validator(mode="after")
    def _combinations(self):
        for key, expected, since in self._misfits():
            raise ValueError(f"{key}: given {getattr(self, key)}, expected {expected}, {since}")
        return self

    def _misfits(self):
        """What does not fit together: (key, what would be right, the other side)."""
        if self.dataset in TABLES and self.architecture != "mlp":
            yield "architecture", "mlp", f"since dataset {self.dataset} has no images"
        if self.dataset == "folder" and self.architecture == "dcgan" and self.image_size % 2:
            yield "image_size", "an even number", "since architecture is dcgan, which halves it"
        objective = f"since objective is {self.objective}"
        # Makes samples of a batch depend on each other, whose gradients then are not their own.
        coupled = self.architecture == "dcgan" and self.discriminator_normalization == "batch"
        if self.update == "simultaneous" and self.discriminator_steps != 1:
            yield "discriminator_steps", "1", "since update is simultaneous"
        if self.objective == "wasserstein_gp":
            if self.update == "separate":
                yield "update", "joint or simultaneous", objective
            if coupled:
                yield "discriminator_normalization", "layer or none", objective
            if self.engine == "textbook":
                yield "engine", "compiled", f"{objective}, which Keras' composite cannot express"
        if self.label_smoothing and self.objective not in WITH_LABELS:
            yield "label_smoothing", "0", f"{objective}, which has no labels to smooth"
        if self.r1 and coupled:
            yield "discriminator_normalization", "layer or none", "since r1 is on"
        if self.r1 and self.engine == "textbook":
            yield "engine", "compiled", "since r1 is on, which Keras' composite cannot express"
        for player in ("generator", "discriminator"):
            floor, rate = f"{player}_learning_rate_floor", f"{player}_learning_rate"
            if getattr(self, floor) > getattr(self, rate):
                yield floor, f"at most {getattr(self, rate)}", f"since that is {rate}"
            rise = f"{player}_momentum_rise"
            if getattr(self, rise):
                optimizer = getattr(self, f"{player}_optimizer")
                if optimizer != "sgd":
                    yield rise, "0", f"since {player}_optimizer is {optimizer}, not sgd"
                if getattr(self, rise) + getattr(self, f"{player}_momentum") >= 1:
                    yield rise, "less", f"since with {player}_momentum it comes to 1 or more"


def read_params(path: str | Path = "params.yaml") -> Params:
    """Reads and checks a parameter file.

    Raises:
        UserError: naming the key, what was given and what would be right.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    return parse(text, path)


def parse(text: str, path: str | Path) -> Params:
    """Checks a parameter file's content, as `read_params` does; `path` is what errors call it."""
    return check(mapping(text, path), path)


def check(given: dict, path: str | Path) -> Params:
    """Checks values that were read, as `read_params` does; `path` is what errors call the file."""
    try:
        return Params.model_validate(given)
    except ValidationError as error:
        problems = sorted(error.errors(), key=lambda problem: problem["type"] not in UNKNOWN_KEY)
        lines = [f"{path}: {_explain(problem)}" for problem in problems]
        if len(lines) > 2:
            lines = [lines[0], f"{lines[1]} (and {len(lines) - 2} more)"]
        raise UserError("\n".join(lines)) from None


def check_against_data(params: Params, samples: int, classes: dict[str, int]) -> None:
    """Raises UserError if the parameters do not fit a train split.

    Args:
        samples: how many it has.
        classes: their names, with how many samples each has; empty if it has no labels.
    """
    if params.conditional and not classes:
        raise UserError(
            "params.yaml: conditional: given true, expected false, since the data has no labels"
        )
    empty = [name for name, count in classes.items() if not count]
    if params.conditional and empty:
        raise UserError(
            "params.yaml: conditional: given true, expected false, since no sample of class "
            f"{empty[0]!r} trains; add some, or remove the class"
        )
    if params.batch_size > samples:
        raise UserError(
            f"params.yaml: batch_size: given {params.batch_size}, expected at most {samples}, "
            "the number of samples in the train split"
        )
    rows = samples // params.batch_size * params.epochs / params.log_every
    if rows > MOST_ROWS:
        raise UserError(
            f"params.yaml: log_every: given {params.log_every}, expected at least "
            f"{math.ceil(rows * params.log_every / MOST_ROWS)}, "
            f"since history.csv is to have at most {MOST_ROWS} rows"
        )


def _explain(problem: dict[str, Any]) -> str:
    """One line for one of pydantic's errors."""
    if not problem["loc"]:
        return str(problem["ctx"]["error"])
    key = str(problem["loc"][0])
    if problem["type"] in UNKNOWN_KEY:
        return f"unknown key {key!r}{_did_you_mean(key, Params.model_fields)}"
    schema = Params.model_json_schema()["properties"][key]
    if problem["type"] == "missing":
        return f"missing key {key!r}, expected {_expected(schema)}"
    hint = _did_you_mean(problem["input"], schema.get("enum", []))
    return f"{key}: given {_shortened(problem['input'])}, expected {_expected(schema)}{hint}"


def _expected(schema: dict[str, Any]) -> str:
    """What a value must be, in words, from its JSON schema."""
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    if schema["type"] == "array":
        length = f"{schema['minItems']} to {schema['maxItems']}"
        return f"a list of {length} entries, each {_expected(schema['items'])}"
    if schema["type"] == "boolean":
        return "true or false"
    kind = {"integer": "a whole number", "number": "a number"}[schema["type"]]
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    low = f"above {low:g}" if "exclusiveMinimum" in schema else f"from {low}"
    high = f"below {high:g}" if "exclusiveMaximum" in schema else f"to {high}"
    return f"{kind} {low} {high}"


def _did_you_mean(given: Any, known) -> str:
    close = difflib.get_close_matches(str(given), [str(name) for name in known], n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class _Loader(yaml.SafeLoader):
    """YAML 1.2's plain scalars, as DVC reads them, no key twice, and no aliases.

    PyYAML's YAML 1.1 takes 2e-4 for a string, 010 for 8 and `no` for False; DVC would then
    record another value than the one used. With aliases a few lines stand for billions.
    """

    yaml_implicit_resolvers: ClassVar[dict] = {}

    def compose_node(self, parent, index):
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(
                problem=f"the alias *{event.anchor} is not allowed", problem_mark=event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        seen = []
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark
                )
            seen.append(key.value)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.inf|\.nan", list("-+.")),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^({_pattern})$"), _first
    )


def mapping(text: str, path: str | Path) -> dict:
    """What YAML holds, by DVC's rules. Raises UserError if that is no mapping."""
    try:
        content = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise UserError(f"{path}: {where}{error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # Explicit tags on the wrong value (!!int on a word) make PyYAML raise anything.
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UserError(f"{path}: is not valid YAML: {reason}") from None
    if not isinstance(content, dict):
        found = "nothing" if content is None else type(content).__name__
        raise UserError(f"{path}: expected `key: value` lines, found {found}")
    return content
