"""What tests of MLflow's tracking store share."""

import mlflow
import numpy as np

from ganpkg.params import read_params
from ganpkg.record import EVALUATION, texts
from tests.pipeline import ROOT

PARAMS = read_params(ROOT / "params.yaml").model_copy(update={"epochs": 3})
LOGGED = texts(PARAMS, omit=EVALUATION)
DATA_MD5 = "0123456789abcdef0123456789abcdef"
PICTURE = np.zeros((4, 4, 1), np.uint8)


def runs(store):
    client = mlflow.MlflowClient(f"sqlite:///{store / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("gan")
    return client, client.search_runs([experiment.experiment_id])


def failing(*_, **__):
    raise mlflow.exceptions.MlflowException("database is locked")
