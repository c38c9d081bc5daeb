"""Trains the classifier that evaluation looks through, once per dataset."""

from ganpkg import stage, storage
from ganpkg.datasets.dataset import open_split
from ganpkg.params import read_params


def main():
    read_params()
    train, test = open_split("data/prepared/train"), open_split("data/prepared/test")
    from ganpkg import backend
    from ganpkg.evaluation import classifier

    backend.make_deterministic(classifier.SEED)
    model = classifier.train(train.samples, train.labels)
    test_accuracy = classifier.accuracy(model, test.samples, test.labels)
    storage.save_model(model, "models/classifier.keras")
    storage.write_json("reports/classifier.json", {"test_accuracy": test_accuracy})
    print(f"test accuracy {test_accuracy:.4f}")


if __name__ == "__main__":
    stage.run("classifier", main)
