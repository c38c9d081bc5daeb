"""Measures the generated samples, each number beside its real-against-real control."""

from ganpkg import stage, storage, tracking
from ganpkg.datasets.dataset import SPLITS, open_split, open_table
from ganpkg.params import read_params
from ganpkg.sampling.samples import load_samples

SHOWN = (
    "fid", "kid", "precision", "recall", "class_kl", "classes_covered", "asked_class_accuracy",
    "modes_found", "high_quality_share", "parzen",
)  # fmt: skip


def main():
    read_params()
    samples, asked = load_samples("data/generated/samples.npz")
    train, valid, test = (open_split(f"data/prepared/{name}") for name in SPLITS)
    table = open_table("data/prepared")
    count = min(len(samples), len(valid.samples), len(test.samples))
    from ganpkg import backend, evaluation
    from ganpkg.evaluation import classifier
    from ganpkg.evaluation.embedded import embedding

    backend.make_deterministic(classifier.SEED)
    run = tracking.run_of_model()
    judge = storage.load_model("models/classifier.keras")
    embed = embedding(judge, storage.load_model("models/discriminator.keras"))
    numbers = {"evaluated_samples": count}
    if test.classes > 1:
        accuracy = classifier.accuracy(judge, test.samples, test.labels)
        numbers["classifier_test_accuracy"] = accuracy
    numbers |= evaluation.evaluate(
        *(
            embed(part[:count], None if labels is None else labels[:count])
            for part, labels in ((samples, asked), test, valid)
        )
    )
    if table:
        numbers |= evaluation.evaluate_rows(samples[:count], test.samples[:count], table)
    else:
        numbers |= evaluation.parzen(samples, train.samples, valid.samples, test.samples)
    storage.write_json("reports/metrics.json", numbers)
    for name in SHOWN:
        if name in numbers:
            control = numbers[f"{name}_control"]
            print(f"{name:20s} {numbers[name]:9.4f}   real against real {control:9.4f}")
    if run:
        run.log_metrics(numbers, step=0)
        run.flush()


if __name__ == "__main__":
    stage.run("evaluate", main)
