"""Evaluates the generated samples and the control sets."""

from ganpkg import stage, storage
from ganpkg.datasets.dataset import SPLITS, load_generated, open_classes, open_kind, open_split


def main():
    params = stage.read_params()
    generated = load_generated("data/generated/samples.npz")
    train, valid, test = (open_split(f"data/prepared/{name}") for name in SPLITS)
    kind = open_kind("data/prepared")
    from ganpkg import backend
    from ganpkg.evaluation import classifier, controls, neighbours, table
    from ganpkg.evaluation.embedding import Embedding
    from ganpkg.evaluation.inception import network

    backend.make_deterministic(classifier.SEED)
    inception = network(generated.samples)  # reports a damaged file before the slow work
    feature_model = storage.load_model("models/classifier.keras")
    discriminator = storage.load_model("models/discriminator.keras")
    embed = Embedding(feature_model, discriminator, params.room("objective"), kind)
    count = controls.set_size(*(len(split.samples) for split in (generated, valid, test)))
    left_out = controls.left_out(count)
    for name, minimum in left_out.items():
        print(f"{name}: left out, needs sets of {minimum} samples, given {count}")
    pools = controls.Pools(embed, generated, train, valid, test, count)
    values = controls.measure_draws(pools)
    samples = (split.samples for split in (generated, train, valid, test))
    evaluation = {
        "samples": count,
        "draws": controls.DRAWS,
        "left_out": left_out,
        "reference": "the test split",
        "sets": {name: controls.CONTROLS.get(name, "generated samples") for name in values},
        "features": f"{feature_model.get_layer('features').output.shape[-1]} of "
        f"{feature_model.name}",
        "classifier_md5": storage.md5("models/classifier.keras"),
        **controls.measure_splits(*samples),
        **table.summarize(values),
    }
    if inception:
        evaluation["inception_sha256"] = inception.sha256
    print(table.text(evaluation))
    if open_classes("data/prepared"):
        accuracy = classifier.accuracy(feature_model, *test, kind)
        evaluation["classifier_test_accuracy"] = accuracy
    copies, originals, distances = neighbours.closest_pairs(pools.generated)
    subset = generated.random_subset(len(pools.generated)).samples
    kind.save_closest("reports/closest", subset[copies], train.samples[originals], distances)
    storage.write_json("reports/metrics.json", table.headline(evaluation))
    storage.write_json("reports/evaluation.json", evaluation)


if __name__ == "__main__":
    stage.run("evaluate", main)
