"""Measures the generated samples, each number beside its controls."""

from ganpkg import stage, storage
from ganpkg.datasets.dataset import SPLITS, Split, open_classes, open_kind, open_split
from ganpkg.sampling.sample_file import load_samples


def main():
    params = stage.read_params()
    generated = Split(*load_samples("data/generated/samples.npz"))
    train, valid, test = (open_split(f"data/prepared/{name}") for name in SPLITS)
    kind = open_kind("data/prepared")
    from ganpkg import backend
    from ganpkg.evaluation import classifier, closest, controls, measure, table
    from ganpkg.evaluation.embedding import Embedding

    backend.make_deterministic(classifier.SEED)
    judge = storage.load_model("models/classifier.keras")
    discriminator = storage.load_model("models/discriminator.keras")
    embed = Embedding(judge, discriminator, params.room("objective"), kind)
    count = controls.set_size(*(len(split.samples) for split in (generated, valid, test)))
    for name, enough in measure.left_out(count).items():
        print(f"{name}: left out, needs sets of {enough} samples, given {count}")
    pools = controls.Pools(embed, generated, train, valid, test, count)
    values = measure.measure_draws(pools)
    whole = measure.measure_whole(*(split.samples for split in (generated, train, valid, test)))
    copies, originals, distances = closest.pairs(pools.generated)
    drawn = generated.drawn(len(pools.generated)).samples
    pair = drawn[copies], train.samples[originals]
    kind.save_closest("reports/closest", *pair, distances)

    about = {
        "samples": count,
        "draws": controls.DRAWS,
        "left_out": measure.left_out(count),
        "reference": "the test split",
        "sets": {name: controls.CONTROLS.get(name, "the generator's") for name in values},
        "features": f"{judge.get_layer('features').output.shape[-1]} of {judge.name}",
        "classifier_md5": storage.md5("models/classifier.keras"),
    }
    print(table.text(values, whole))
    if open_classes("data/prepared"):
        about["classifier_test_accuracy"] = classifier.accuracy(judge, *test, kind)
    storage.write_json("reports/metrics.json", table.headline(values, whole))
    storage.write_json("reports/evaluation.json", {**about, **whole, **table.full(values)})


if __name__ == "__main__":
    stage.run("evaluate", main)
