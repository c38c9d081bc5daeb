"""Measures the generated samples, each number beside its controls."""

from ganpkg import stage, storage
from ganpkg.datasets.dataset import SPLITS, Split, open_classes, open_split, open_table
from ganpkg.params import read_params
from ganpkg.sampling.samples import load_samples


def main():
    params = read_params()
    generated = Split(*load_samples("data/generated/samples.npz"))
    train, valid, test = (open_split(f"data/prepared/{name}") for name in SPLITS)
    data_table = open_table("data/prepared")
    from ganpkg import backend
    from ganpkg.evaluation import classifier, closest, controls, metrics, table
    from ganpkg.evaluation.copying import Copying
    from ganpkg.evaluation.embedded import Embedding
    from ganpkg.evaluation.parzen import parzen
    from ganpkg.training.objectives import OBJECTIVES

    backend.make_deterministic(classifier.SEED)
    judge = storage.load_model("models/classifier.keras")
    discriminator = storage.load_model("models/discriminator.keras")
    embed = Embedding(judge, discriminator, OBJECTIVES[params.objective], data_table)
    count = controls.set_size(*(len(split.samples) for split in (generated, valid, test)))
    for name, least in metrics.left_out(count).items():
        print(f"{name}: left out, needs sets of {least} samples, given {count}")
    pools = controls.Pools(embed, generated, train, valid, test, count)
    copying = Copying(pools.train.features, count)
    values = metrics.judge_draws(pools, copying)
    copies, originals, distances = metrics.closest_pairs(pools, copying)
    drawn = generated.drawn(len(pools.generated)).samples
    pair = drawn[copies], train.samples[originals]
    closest.save("reports/closest", *pair, distances, data_table)

    numbers = table.headline(values)
    about = {
        "samples": count,
        "draws": controls.DRAWS,
        "left_out": metrics.left_out(count),
        "reference": "the test split",
        "sets": {name: controls.CONTROLS.get(name, "the generator's") for name in values},
        "features": f"{judge.get_layer('features').output.shape[-1]} of {judge.name}",
        "classifier_md5": storage.md5("models/classifier.keras"),
    }
    print(table.text(values))
    if open_classes("data/prepared"):
        about["classifier_test_accuracy"] = classifier.accuracy(judge, *test)
    if not data_table:
        found = parzen(generated.samples, train.samples, valid.samples, test.samples)
        about["parzen"] = found
        numbers |= {name: found[name] for name in ("parzen", "parzen_control")}
        print(
            "log-likelihood under a Parzen window, in nats: {parzen:.1f}; of training samples "
            "{parzen_control:.1f}, of k-means centroids {parzen_kmeans:.1f}".format(**found)
        )
    storage.write_json("reports/metrics.json", numbers)
    storage.write_json("reports/evaluation.json", {**about, **table.full(values)})


if __name__ == "__main__":
    stage.run("evaluate", main)
