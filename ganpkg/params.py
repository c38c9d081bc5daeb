"""The schema of params.yaml, assembled from the sections of the rooms, and its reader."""

import difflib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, create_model, model_validator

from ganpkg import git
from ganpkg.errors import UserError
from ganpkg.objectives import penalties
from ganpkg.section import BelowOne, Conflict, Section, choices, textbook_conflict
from ganpkg.training.algorithm import iterations
from ganpkg.training.annealing import Annealing
from ganpkg.training.augmentation import Augmentation
from ganpkg.training.optimizers import Optimizer
from ganpkg.yaml_text import mapping

UNKNOWN_KEY = ("extra_forbidden", "invalid_key")  # types of pydantic's errors
MAX_ROWS = 1_000_000
MAX_PICTURES = 1000
ROOMS = {"dataset": "ganpkg.datasets", "architecture": "ganpkg.networks",
         "objective": "ganpkg.objectives"}  # fmt: skip
SECTIONS = "generator", "discriminator", "annealing", "augmentation"  # that always count
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]


class _Shared(Section):
    """The parameters that all choices share. Comments in params.yaml explain them."""

    conditional: bool
    noise: Literal["normal", "uniform"]
    latent_dim: Annotated[int, Field(ge=1, le=4096)]
    r1: penalties.Weight
    r2: penalties.Weight
    update: Literal["separate", "joint", "simultaneous"]
    discriminator_steps: Annotated[int, Field(ge=1, le=100)]
    sampling: Literal["replacement", "epoch"]
    init: Annotated[  # not "." or "..", which are other folders
        str, Field(pattern=r"^\.*[\w-][\w.-]*$", description="the name of a folder in data/init")
    ]
    frozen_layers: Annotated[int, Field(ge=0, le=100)]
    epochs: Annotated[int, Field(ge=1, le=1_000_000)]
    batch_size: Annotated[int, Field(ge=2, le=65_536)]
    ema_decay: BelowOne
    backend: Literal["tensorflow", "jax"]
    seed: Seed
    split_seed: Seed
    deterministic: bool
    portable: bool
    threads: Annotated[int, Field(ge=1, le=256)]
    precision: Literal["float32", "bfloat16"]
    engine: Literal["compiled", "textbook"]
    select: Literal["last", "best_fid"]
    log_every: Annotated[int, Field(ge=1, le=1_000_000_000)]
    picture_every: Annotated[int, Field(ge=1, le=1_000_000_000)]
    num_samples: Annotated[int, Field(ge=120, le=1_000_000)]  # 4 draws of 30 at least
    sample_seed: Seed

    generator: Optimizer
    discriminator: Optimizer
    annealing: Annealing
    augmentation: Augmentation

    def room(self, key: str) -> Section:
        """The chosen section of `dataset`, `architecture` or `objective`."""
        return getattr(self, getattr(self, key))

    def value(self, key: str) -> Any:
        """The value of a key, which may contain its section: `dcgan.filters`."""
        section, _, name = key.rpartition(".")
        return getattr(getattr(self, section) if section else self, name)

    def effective(self) -> dict[str, Any]:
        """The parameters that have an effect, by their keys with sections."""
        values = {key: getattr(self, key) for key in ROOMS}
        values |= {name: value for name, value in self if not isinstance(value, Section)}
        if not self.portable:
            del values["threads"]
        if self.init == "none":
            del values["frozen_layers"]
        for name, section in self._sections().items():
            values |= {f"{name}.{key}": value for key, value in section.effective().items()}
        return values

    def _sections(self) -> dict[str, Section]:
        """Name -> section, without the sections that are not chosen."""
        names = *(getattr(self, key) for key in ROOMS), *SECTIONS
        return {name: getattr(self, name) for name in names}

    def changed(self, changes: dict[str, Any]) -> "Params":
        """A copy with changed values, by their keys with sections.

        Raises:
            pydantic.ValidationError: if they are not valid.
        """
        return Params.model_validate(changed(self.model_dump(), changes))

    def differences(self, others: "Params") -> str:
        """The effective parameters that differ from others, as `key=value key=value`."""
        return " ".join(
            f"{key}={value}"
            for key, value in self.effective().items()
            if others.value(key) != value
        )

    @model_validator(mode="after")
    def _check_conflicts(self):
        for key, expected, reason in self._conflicts():
            raise ValueError(f"{key}: given {self.value(key)}, expected {expected}, {reason}")
        return self

    def _conflicts(self) -> Iterator[Conflict]:
        for section in self._sections().values():
            yield from section.conflicts(self)
        if self.update == "simultaneous" and self.discriminator_steps != 1:
            yield Conflict("discriminator_steps", "1", "since update is simultaneous")
        if self.frozen_layers and self.init == "none":
            yield Conflict("frozen_layers", "0", "since init is none")
        for name in ("r1", "r2"):
            if getattr(self, name):
                yield from penalties.conflicts(self, f"since {name} is on")
                yield from textbook_conflict(self, f"since {name} is on")


def _assemble() -> type[_Shared]:
    """The model of params.yaml: shared parameters, choices, and a section for each choice."""
    fields: dict[str, Any] = {}
    for key, package in ROOMS.items():
        sections = choices(package)
        duplicates = sections.keys() & (fields.keys() | _Shared.model_fields.keys() | ROOMS.keys())
        if duplicates:
            raise TypeError(f"{package}.{duplicates.pop()}: params.yaml has this name already")
        fields |= {name: (section, ...) for name, section in sections.items()}
        fields[key] = (Literal[tuple(sections)], ...)
    return create_model("Params", __base__=_Shared, **fields)


Params = _assemble()


def read_params(path: str | Path = "params.yaml") -> Params:
    """Reads and checks a parameter file.

    Raises:
        UserError: naming the key, what was given and what would be right.
    """
    return check(read_values(path), path)


def read_values(path: str | Path = "params.yaml") -> dict[str, Any]:
    """Reads a parameter file. Raises UserError if it is no YAML; keys and values may be wrong."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: is not UTF-8 text (byte {error.start})") from None
    return mapping(text, path)


def committed_params() -> Params:
    """The parameters of the commit that is checked out."""
    path = "params.yaml as committed"
    return check(mapping(git.output("show", "HEAD:./params.yaml"), path), path)


def changed(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Changes values, some of them sections, by keys with sections, and returns them."""
    for key, value in changes.items():
        section, _, name = key.rpartition(".")
        (values[section] if section else values)[name] = value
    return values


def check(given: dict, path: str | Path) -> Params:
    """Like `read_params`, from values; errors call the file `path`."""
    try:
        return Params.model_validate(given)
    except ValidationError as error:
        problems = sorted(error.errors(), key=lambda problem: problem["type"] not in UNKNOWN_KEY)
        lines = [f"{path}: {_explain(problem)}" for problem in problems]
        if len(lines) > 2:
            lines = [lines[0], f"{lines[1]} (and {len(lines) - 2} more)"]
        raise UserError("\n".join(lines)) from None


def check_against_data(params: Params, samples: int, classes: dict[str, int]) -> None:
    """Checks that the parameters fit a train split.

    Args:
        samples: the number of samples.
        classes: name -> number of samples; empty without labels.

    Raises:
        UserError: naming the key, what was given and what would be right.
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
    steps = iterations(samples, params.batch_size, params.epochs)
    for key, limit, what in (
        ("log_every", MAX_ROWS, "rows of history.csv"),
        ("picture_every", MAX_PICTURES, "pictures"),
    ):
        if steps > limit * params.value(key):
            raise UserError(
                f"params.yaml: {key}: given {params.value(key)}, expected at least "
                f"{math.ceil(steps / limit)}, since there may be {limit:,} {what} at most"
            )


def _explain(problem: dict[str, Any]) -> str:
    """One of pydantic's errors as a line."""
    if not problem["loc"]:
        return str(problem["ctx"]["error"])
    first, *rest = map(str, problem["loc"])
    section, key = (first, rest[0]) if rest else ("", first)
    name = f"{section}.{key}" if section else key
    model = Params.model_fields[section].annotation if section else Params
    if problem["type"] in UNKNOWN_KEY:
        return f"unknown key {name!r}{_did_you_mean(key, model.model_fields, section)}"
    schema = _schema(model, key)
    if problem["type"] == "missing":
        return f"missing key {name!r}, expected {_expected(schema)}"
    hint = _did_you_mean(problem["input"], schema.get("enum", []))
    return f"{name}: given {_shortened(problem['input'])}, expected {_expected(schema)}{hint}"


def _schema(model: type[Section], key: str) -> dict[str, Any]:
    schema = model.model_json_schema()["properties"][key]
    if "$ref" in schema:
        return {"section": list(model.model_fields[key].annotation.model_fields)}
    return schema


def _expected(schema: dict[str, Any]) -> str:
    """A JSON schema in words."""
    if "section" in schema:
        keys = ", ".join(schema["section"])
        return f"a section of {keys}" if keys else "an empty section, {}"
    if "description" in schema:
        return schema["description"]
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


def _did_you_mean(given: Any, known, section: str = "") -> str:
    close = difflib.get_close_matches(str(given), [str(name) for name in known], n=1)
    name = ".".join([*filter(None, [section]), *close])
    return f"; did you mean {name!r}?" if close else ""


def _shortened(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
