"""Every wrong params.yaml is refused with one or two lines that say what would be right."""

import re

import pytest
import yaml

from ganpkg import params
from ganpkg.errors import UserError
from ganpkg.params import check_against_data, read_params
from tests.pipeline import ROOT

DATASETS = "cifar10, csv, digits, fashion_mnist, folder, grid, mnist, parabola, ring, stacked_mnist"
LIMIT = "a whole number from 1 to 1000000"

# Changes to the shipped parameters, as text that replaces the line of their key, and
# what the message must say.
WRONG_VALUES = [
    ("epochs: -3", f"epochs: given -3, expected {LIMIT}"),
    ("epochs: 0", f"epochs: given 0, expected {LIMIT}"),
    ("epochs: 1000000000000000000000", "epochs: given 1000000000000000000000, expected"),
    ("epochs: '500'", f"epochs: given '500', expected {LIMIT}"),
    ("epochs: 1.5", f"epochs: given 1.5, expected {LIMIT}"),
    ("epochs: many", f"epochs: given 'many', expected {LIMIT}"),
    ("epochs: true", f"epochs: given True, expected {LIMIT}"),
    ("epochs: [1, 2]", f"epochs: given [1, 2], expected {LIMIT}"),
    ("epochs: {a: 1}", f"epochs: given {{'a': 1}}, expected {LIMIT}"),
    ("epochs:", f"epochs: given None, expected {LIMIT}"),
    ("batch_size: 1", "batch_size: given 1, expected a whole number from 2 to 65536"),
    ("batch_size: .nan", "batch_size: given nan, expected a whole number"),
    ("latent_dim: 100000", "latent_dim: given 100000, expected a whole number from 1 to 4096"),
    ("generator.learning_rate: 0", "generator.learning_rate: given 0, expected a number above 0"),
    ("generator.learning_rate: -1e-4", "given -0.0001, expected a number above 0 to 10"),
    ("generator.learning_rate: .nan", "given nan, expected a number above 0 to 10"),
    ("generator.learning_rate: .inf", "given inf, expected a number above 0 to 10"),
    ("discriminator.learning_rate: 1e99", "given 1e+99, expected a number above 0 to 10"),
    ("discriminator.learning_rate: fast", "given 'fast', expected a number above 0 to 10"),
    ("generator.momentum: 1", "generator.momentum: given 1, expected a number from 0 below 1"),
    ("discriminator.optimizer: adm", "one of adam, rmsprop, sgd; did you mean 'adam'?"),
    ("generator.learning_rate_decay: 0.9", "given 0.9, expected a number from 1 to 2"),
    (
        "minimax.label_smoothing: 0.5",
        "label_smoothing: given 0.5, expected a number from 0 below 0.5",
    ),
    ("r1: -1", "r1: given -1, expected a number from 0 to 10000"),
    ("noise: gaussian", "noise: given 'gaussian', expected one of normal, uniform"),
    ("seed: -1", "seed: given -1, expected a whole number from 0 to 4294967295"),
    ("seed: null", "seed: given None, expected a whole number"),
    (
        "dataset: cats",
        "dataset: given 'cats', expected one of cifar10, csv, digits, fashion_mnist",
    ),
    (
        "dataset: minst",
        f"expected one of {DATASETS}; did you mean 'mnist'?",
    ),
    (
        "dataset: 7",
        f"dataset: given 7, expected one of {DATASETS}",
    ),
    ("architecture: MLP", "architecture: given 'MLP', expected one of dcgan, maxout, mlp, resnet"),
    ("objective: non-saturating", "did you mean 'non_saturating'?"),
    ("update: simultanous", "did you mean 'simultaneous'?"),
    ("engine: keras", "engine: given 'keras', expected one of compiled, textbook"),
    ("sampling: no", "sampling: given 'no', expected one of replacement, epoch"),
    (
        "mlp.generator_units: []",
        "mlp.generator_units: given [], expected a list of 1 to 16 entries",
    ),
    (
        "mlp.generator_units: 128",
        "mlp.generator_units: given 128, expected a list of 1 to 16 entries",
    ),
    ("mlp.generator_units: [128, -1]", "each a whole number from 1 to 8192"),
    ("folder.size: 7", "folder.size: given 7, expected a whole number from 8 to 256"),
    ("folder.colours: gray", "expected one of grey, rgb; did you mean 'grey'?"),
    ("folder.skip_damaged: yes", "folder.skip_damaged: given 'yes', expected true or false"),
    ("init: .", "init: given '.', expected the name of a folder in data/init"),
    ("init: ..", "init: given '..', expected the name of a folder in data/init"),
    ("init: ../raw", "init: given '../raw', expected the name of a folder in data/init"),
    ("num_samples: 5", "num_samples: given 5, expected a whole number from 120 to 1000000"),
]

WRONG_FILES = [
    ("", "expected `key: value` lines, found nothing"),
    ("# nothing but a comment\n", "found nothing"),
    ("- a\n- b\n", "found list"),
    ("just words", "found str"),
    ("a: [1, 2", "line 1, column 9: expected ',' or ']'"),
    ("a: 1\n b: 2", "line 2, column 3: mapping values are not allowed here"),
    ("\ta: 1", "line 1, column 1"),
    ("seed: 1\nseed: 2\n", 'line 2, column 1: found duplicate key "seed"'),
    ("a: !!python/object/apply:os.system ['true']", "could not determine a constructor"),
    ("a: &x [*x]", "line 1, column 8: the alias *x is not allowed"),
    ("[" * 3000, "line 1, column 11: more than 10 levels deep"),
    ("7: 8", "unknown key '7'"),
    ("true: 8", "unknown key"),
    ("epochs: !!bool abc", "not valid YAML"),
    ("epochs: !!int ''", "not valid YAML"),
    ("epochs: !!timestamp abc", "line 1, column 9: failed to construct timestamp"),
]


def refusal(path):
    with pytest.raises(UserError) as caught:
        read_params(path)
    lines = str(caught.value).splitlines()
    assert 1 <= len(lines) <= 2
    return str(caught.value)


def test_shipped_parameters_are_right():
    assert read_params(ROOT / "params.yaml").epochs > 0


def test_every_shipped_key_has_a_comment():
    lines = [line for line in (ROOT / "params.yaml").read_text().splitlines() if ":" in line]
    settings = [line for line in lines if not line.startswith("#")]
    of_values = [line for line in settings if not re.search(r":$|: \{\}$", line)]
    assert all(re.search(r" # \S", line) for line in of_values)


@pytest.mark.parametrize("line, message", WRONG_VALUES)
def test_wrong_value(tmp_path, line, message):
    key, _, value = line.partition(":")
    section, _, name = key.rpartition(".")
    shipped = (ROOT / "params.yaml").read_text()
    start = shipped.index(f"\n{section}:\n") if section else 0
    indent = "  " * bool(section)
    changed, count = re.subn(
        rf"^{indent}{name}:.*$", lambda _: f"{indent}{name}:{value}", shipped[start:], count=1,
        flags=re.MULTILINE,
    )  # fmt: skip
    assert count == 1
    path = tmp_path / "params.yaml"
    path.write_text(shipped[:start] + changed)
    refused = refusal(path)
    assert message in refused
    assert refused.startswith(f"{path}: {key}: given")


@pytest.mark.parametrize("text, message", WRONG_FILES)
def test_wrong_file(tmp_path, text, message):
    path = tmp_path / "params.yaml"
    path.write_text(text)
    assert message in refusal(path)


def test_missing_unreadable_and_binary_file(tmp_path):
    assert "No such file" in refusal(tmp_path / "params.yaml")
    assert "cannot be read" in refusal(tmp_path)
    (tmp_path / "binary").write_bytes(b"epochs: \xff\xfe")
    assert "not UTF-8 text (byte 8)" in refusal(tmp_path / "binary")


def test_typo_in_a_key(write_params):
    assert "unknown key 'epohcs'; did you mean 'epochs'?" in refusal(write_params(epohcs=500))


def test_typo_in_a_section(write_params):
    refused = refusal(write_params(**{"dcgan.filter": 500}))
    assert "unknown key 'dcgan.filter'; did you mean 'dcgan.filters'?" in refused


def test_sections_of_what_is_not_chosen_are_checked(write_params):
    refused = refusal(write_params(**{"wasserstein.clip": -1}))
    assert "wasserstein.clip: given -1, expected a number above 0 to 100" in refused
    assert "folder: given 7, expected a section of size, colours" in refusal(write_params(folder=7))
    assert "hinge: given 7, expected an empty section, {}" in refusal(write_params(hinge=7))


@pytest.mark.parametrize(
    "key, expected", [("epochs", LIMIT), ("ring", "an empty section"), ("dcgan.filters", "a whole")]
)
def test_missing_key(tmp_path, shipped, key, expected):
    values = shipped.model_dump()
    section, _, name = key.rpartition(".")
    (values[section] if section else values).pop(name)
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(values))
    assert f"missing key {key!r}, expected {expected}" in refusal(path)


def test_many_mistakes_take_two_lines(write_params):
    refused = refusal(write_params(epochs=-1, seed=-1, batch_size=-1, latent_dim=-1))
    assert refused.endswith("(and 2 more)")


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"update": "simultaneous", "discriminator_steps": 2},
            "discriminator_steps: given 2, expected 1, since update is simultaneous",
        ),
        (
            {"objective": "wasserstein_gp"},
            "update: given separate, expected joint or simultaneous, since objective is",
        ),
        (
            {
                "objective": "wasserstein_gp",
                "update": "joint",
                "architecture": "dcgan",
                "dcgan.normalization": "batch",
            },
            "dcgan.normalization: given batch, expected layer, spectral or none, since objective",
        ),
        (
            {"objective": "wasserstein_gp", "update": "joint", "engine": "textbook"},
            "engine: given textbook, expected compiled, since objective is wasserstein_gp",
        ),
        ({"r1": 10.0, "engine": "textbook"}, "expected compiled, since r1 is on"),
        (
            {"objective": "wasserstein_gp", "update": "joint", "engine": "textbook"},
            "engine: given textbook, expected compiled, since objective is wasserstein_gp",
        ),
        (
            {"generator.momentum_rise": 0.2},
            "generator.momentum_rise: given 0.2, expected 0, since generator.optimizer is adam",
        ),
        (
            {"discriminator.momentum_rise": 0.5, "discriminator.optimizer": "sgd"},
            "expected less, since with discriminator.momentum it comes to 1 or more",
        ),
        (
            {"r1": 1.0, "architecture": "dcgan", "dcgan.normalization": "batch"},
            "dcgan.normalization: given batch, expected layer, spectral or none, since r1 is on",
        ),
        (
            {"dataset": "folder", "architecture": "dcgan", "folder.size": 33},
            "folder.size: given 33, expected an even number, since architecture is dcgan",
        ),
        (
            {"architecture": "resnet", "resnet.filters": 32, "resnet.max_filters": 16},
            "resnet.max_filters: given 16, expected at least 32, since resnet.filters is 32",
        ),
        (
            {"architecture": "resnet", "resnet.form": "inverted", "resnet.filters": 12},
            "resnet.filters: given 12, expected a multiple of 8, since resnet.form is inverted",
        ),
        (
            {"dataset": "ring", "architecture": "resnet"},
            "architecture: given resnet, expected mlp, since dataset ring has no images",
        ),
        (
            {"generator.learning_rate": 0.1, "generator.learning_rate_floor": 0.2},
            "generator.learning_rate_floor: given 0.2, expected at most 0.1, since that is gen",
        ),
        (
            {"dataset": "ring", "architecture": "dcgan"},
            "architecture: given dcgan, expected mlp, since dataset ring has no images",
        ),
    ],
)
def test_impossible_combination(write_params, changes, message):
    assert message in refusal(write_params(**changes))


def test_batch_larger_than_the_train_split(write_params):
    params = read_params(write_params(batch_size=100))
    check_against_data(params, 100, classes={"a": 1})
    with pytest.raises(UserError, match="batch_size: given 100, expected at most 99"):
        check_against_data(params, 99, classes={"a": 1})


def test_no_classes_to_ask_for(write_params):
    params = read_params(write_params(conditional=True))
    check_against_data(params, 1000, classes={"a": 1, "b": 999})
    with pytest.raises(UserError, match="since no sample of class 'a' trains"):
        check_against_data(params, 1000, classes={"a": 0, "b": 1000})
    others = params.model_copy(update={"conditional": False})
    check_against_data(others, 1000, classes={"a": 0, "b": 1000})
    with pytest.raises(UserError, match="conditional: given true, expected false, since the data"):
        check_against_data(params, 1000, classes={})


@pytest.mark.parametrize("key, expected", [("log_every", 50), ("picture_every", 50_000)])
def test_more_rows_or_pictures_than_anybody_looks_at(write_params, key, expected):
    values = {"batch_size": 2, "epochs": 1_000_000, "log_every": 50, "picture_every": 50_000}
    params = read_params(write_params(**values))
    check_against_data(params, 100, classes={"a": 1})
    message = f"{key}: given 1, expected at least {expected}, since there may be "
    with pytest.raises(UserError, match=message):
        check_against_data(params.model_copy(update={key: 1}), 100, classes={"a": 1})


@pytest.mark.parametrize("text, value", [("2e-4", 2e-4), ("1E-3", 1e-3), ("1", 1.0), (".5", 0.5)])
def test_numbers_are_read_as_dvc_reads_them(tmp_path, text, value):
    from dvc.utils.serialize import loads_yaml

    lines = (ROOT / "params.yaml").read_text()
    path = tmp_path / "params.yaml"
    path.write_text(re.sub(r"  learning_rate: \S+", f"  learning_rate: {text}", lines))
    assert loads_yaml(path.read_text())["generator"]["learning_rate"] == value
    assert read_params(path).generator.learning_rate == value


@pytest.mark.parametrize(
    "changes, idle, counts",
    [
        ({}, ["dcgan.filters", "wasserstein.clip", "folder.size"], ["seed", "r1"]),
        ({}, ["generator.momentum_rise"], ["non_saturating.label_smoothing", "architecture"]),
        ({"objective": "wasserstein"}, ["wasserstein_gp.penalty"], ["wasserstein.clip"]),
        ({"architecture": "dcgan"}, ["mlp.generator_units"], ["dcgan.filters"]),
        ({"generator.optimizer": "sgd"}, ["generator.beta_2"], ["discriminator.beta_2"]),
        ({"generator.learning_rate_decay": 1.1}, [], ["generator.learning_rate_floor"]),
        ({"dataset": "folder"}, [], ["folder.size", "folder.colours", "folder.skip_damaged"]),
    ],
)
def test_only_the_parameters_that_count_are_effective(shipped, changes, idle, counts):
    params = shipped.changed(changes)
    effective = params.effective()
    assert effective.keys().isdisjoint(idle) and set(counts) <= effective.keys()
    assert all(params.value(key) == value for key, value in effective.items())


def test_what_differs_is_named_if_it_counts(shipped):
    changed = {"objective": "hinge", "epochs": 500, "dcgan.filters": 8, "wasserstein.clip": 0.1}
    assert shipped.changed(changed).differences(shipped) == "objective=hinge epochs=500"


def test_a_name_is_of_one_choice_alone(monkeypatch):
    """All sections are keys of params.yaml."""
    monkeypatch.setitem(params.ROOMS, "objective", "ganpkg.networks")
    with pytest.raises(TypeError, match=r"params.yaml has this name already"):
        params._assemble()
