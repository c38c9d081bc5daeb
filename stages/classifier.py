"""Makes the feature model of the evaluation, once per dataset; trains its classifier, if any."""

from ganpkg import stage, storage
from ganpkg.datasets.dataset import open_classes, open_kind, open_split


def main():
    params = stage.read_params()
    train, test = open_split("data/prepared/train"), open_split("data/prepared/test")
    from ganpkg import backend
    from ganpkg.evaluation import classifier, features

    backend.make_deterministic(classifier.SEED)
    classes, kind = open_classes("data/prepared"), open_kind("data/prepared")
    if classes:
        stacked = params.room("dataset").stacked_digits
        network = classifier.train(train.samples, train.labels, len(classes), kind, stacked)
        numbers = {"test_accuracy": classifier.accuracy(network, *test, kind)}
        model = features.build(train.samples, kind, network)
    else:
        model = features.build(train.samples, kind)
        numbers = {model.name: model.output_shape[-1]}
    storage.save_model(model, "models/classifier.keras")
    storage.write_json("reports/classifier.json", numbers)
    print(", ".join(f"{name} {value:.4g}" for name, value in numbers.items()))


if __name__ == "__main__":
    stage.run("classifier", main)
