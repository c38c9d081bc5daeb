"""Measures the generated samples, each number beside its controls."""

from ganpkg import stage, storage, tracking
from ganpkg.datasets.dataset import SPLITS, Split, open_split, open_table
from ganpkg.params import read_params
from ganpkg.sampling.samples import load_samples


def main():
    params = read_params()
    generated = Split(*load_samples("data/generated/samples.npz"))
    train, valid, test = (open_split(f"data/prepared/{name}") for name in SPLITS)
    data_table = open_table("data/prepared")
    from ganpkg import backend
    from ganpkg.evaluation import classifier, closest, metrics, table
    from ganpkg.evaluation.controls import CONTROLS, control_sets
    from ganpkg.evaluation.embedded import Embedding
    from ganpkg.evaluation.parzen import parzen
    from ganpkg.training.objectives import OBJECTIVES

    backend.make_deterministic(classifier.SEED)
    judge = storage.load_model("models/classifier.keras")
    discriminator = storage.load_model("models/discriminator.keras")
    embed = Embedding(judge, discriminator, OBJECTIVES[params.objective])
    count = min(len(generated.samples), len(valid.samples), len(test.samples))
    sets = {"generated": generated.drawn(count), **control_sets(train, valid, count)}
    values, pairs = metrics.judge_sets(sets, test.drawn(count), train, embed, data_table)
    picture = closest.save("reports/closest", *pairs, data_table)

    numbers = {"evaluated_samples": count, **table.flat(values)}
    if test.classes > 1:
        numbers["classifier_test_accuracy"] = classifier.accuracy(judge, *test)
    if not data_table:
        numbers |= parzen(generated.samples, train.samples, valid.samples, test.samples)
    about = {
        "samples": count,
        "reference": "the test split",
        "sets": {name: CONTROLS.get(name, "the generator's") for name in sets},
        "features": f"{judge.get_layer('features').output.shape[-1]} of {judge.name}",
        "classifier_md5": storage.md5("models/classifier.keras"),
    }
    storage.write_json("reports/metrics.json", numbers)
    storage.write_json("reports/evaluation.json", {**about, **table.full(values)})
    print(table.text(values))
    if "parzen" in numbers:
        print(
            "log-likelihood under a Parzen window, in nats: {parzen:.1f}; of training samples "
            "{parzen_control:.1f}, of k-means centroids {parzen_kmeans:.1f}".format(**numbers)
        )
    tracking.log_results(numbers, {} if picture is None else {"closest": picture})


if __name__ == "__main__":
    stage.run("evaluate", main)
