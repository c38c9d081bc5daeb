"""Measures the generated samples, each number beside its real-against-real control."""

from ganpkg import stage, storage, tracking
from ganpkg.datasets.dataset import Dataset, open_split
from ganpkg.params import read_params
from ganpkg.sampling.samples import load_samples

SHOWN = ("fid", "kid", "precision", "recall", "class_kl", "parzen")


def main():
    read_params()
    generated = load_samples("data/generated/samples.npz")
    train, valid, test = (open_split(f"data/prepared/{name}") for name in Dataset._fields)
    count = min(len(generated), len(valid.samples), len(test.samples))
    from ganpkg import backend, evaluation
    from ganpkg.evaluation import classifier
    from ganpkg.evaluation.embedded import embedding
    from ganpkg.evaluation.parzen import parzen

    backend.make_deterministic(classifier.SEED)
    run = tracking.run_of_model()
    judge = storage.load_model("models/classifier.keras")
    embed = embedding(judge, storage.load_model("models/discriminator.keras"))
    sets = (embed(samples[:count]) for samples in (generated, test.samples, valid.samples))
    numbers = {
        "evaluated_samples": count,
        **(
            {"classifier_test_accuracy": classifier.accuracy(judge, test.samples, test.labels)}
            if test.labels.any()
            else {}
        ),
        **evaluation.evaluate(*sets),
        **parzen(generated, train.samples, valid.samples, test.samples),
    }
    storage.write_json("reports/metrics.json", numbers)
    for name in SHOWN:
        if name in numbers:
            control = numbers[f"{name}_control"]
            print(f"{name:10s} {numbers[name]:8.4f}   real against real {control:8.4f}")
    if run:
        run.log_metrics(numbers, step=0)
        run.flush()


if __name__ == "__main__":
    stage.run("evaluate", main)
