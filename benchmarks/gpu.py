"""Images per second on a GPU: the compiled engine on JAX, Keras' `fit`, PyTorch.

    python -m benchmarks.gpu [JOB ...]

As `benchmarks.speed` measures, with JAX behind Keras. PyTorch has the images on the GPU and draws
there; the engine's and Keras' come from the main memory. Float32 products are of the kind that JAX
takes on a GPU if not told otherwise, TensorFloat-32, in PyTorch as well. The operations of the
networks' products, over the rate of one large product in the same rounds, are the share of the
device's bound. Before that two more trainings, and one that is killed and goes on, tell whether
they make the same bytes. Takes about 4 minutes a job; without a GPU it runs on the CPU.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from statistics import median

import numpy as np

from benchmarks import speed
from benchmarks.race import Contender, race, ratio
from benchmarks.turns import Turns
from ganpkg.kinds.images import Images
from ganpkg.params import Params, read_params

MLP, DCGAN = (speed.JOBS[job][1] for job in ("MNIST mlp", "MNIST dcgan"))
JOBS = {  # sample shape, changes to params.yaml, iterations between looks at the clock
    "mlp-28": ((28, 28, 1), MLP, 512),
    "dcgan-28": ((28, 28, 1), DCGAN, 128),
    "dcgan-64": ((64, 64, 3), DCGAN, 64),
}
PRECISIONS = "float32", "bfloat16"
CONTENDERS = (
    "compiled", "not deterministic", "fit", "torch", "torch.compile", "torch.compile, graphs",
    "large product",
)  # fmt: skip
SAMPLES = 20_480
SIDE = 8192  # of the large product's matrices
ROUNDS = 5
SECONDS = 1.0
EPOCHS = 2  # of the trainings whose bytes are compared
OURS = {"KERAS_BACKEND": "jax", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


def main(jobs) -> int:
    """Returns the exit status."""
    return max(measure(job, precision) for job in jobs for precision in PRECISIONS)


def measure(job: str, precision: str) -> int:
    """Returns 1 if a contender died."""
    with ThreadPoolExecutor() as pool:
        hashes = pool.map(lambda play: play(job, precision), [undisturbed, undisturbed, resumed])
        batch, operations = map(int, played(job, precision, "count").split())
        same = len(set(hashes)) == 1
    starts = {name: partial(start, job, precision, name) for name in CONTENDERS}
    rates, dead = race(starts, ROUNDS, SECONDS)
    title = f"{job} {precision}"
    print(f"{title:26s}{'images/s':>14s}{'compiled is':>14s}{'of the bound':>14s}", flush=True)
    for name in [name for name in rates if name != "large product"]:
        rate, times = median(rates[name]), ratio(rates, "compiled", name)
        share = operations * ratio(rates, name, "large product") / (2 * SIDE**3)
        print(f"  {name:24s}{batch * rate:14,.0f}{times:13.2f}x{share:14.1%}")
    speed.report(dead)
    rate = 2 * SIDE**3 * median(rates.get("large product", [float("nan")]))
    print(f"  one large product: {rate / 1e12:.0f} TFLOP/s; two trainings and a killed one made "
          f"{'the same' if same else 'OTHER'} bytes", flush=True)  # fmt: skip
    return int(bool(dead))


def start(job: str, precision: str, contender: str) -> Contender:
    if not contender.startswith("torch"):
        return Contender("benchmarks.gpu", job, precision, contender, **OURS)
    shape, _, interval = JOBS[job]
    mode = {"torch": None, "torch.compile": "default"}.get(contender, "reduce-overhead")
    return speed.torch(params_of(job, precision), shape, interval // 8, mode)


def params_of(job: str, precision: str) -> Params:
    return read_params().changed({**JOBS[job][1], "precision": precision})


def undisturbed(job: str, precision: str) -> str:
    return played(job, precision, "undisturbed")


def resumed(job: str, precision: str) -> str:
    """What a training comes to that goes on from the checkpoint of a killed one."""
    played(job, precision, "killed", status=-signal.SIGKILL)
    return played(job, precision, "resumed")


def played(*arguments: str, status: int = 0) -> str:
    """What a process of its own prints."""
    command = [sys.executable, "-m", "benchmarks.gpu", *arguments]
    environment = {**os.environ, **OURS}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert done.returncode == status, f"{command}: status {done.returncode}"
    return done.stdout.splitlines()[-1] if done.stdout else ""  # after what it reports


def contend(job: str, precision: str, contender: str) -> None:
    """Plays one contender until the other side hangs up, or answers."""
    shape, _, interval = JOBS[job]
    params = params_of(job, precision)
    if contender == "not deterministic":
        params = params.model_copy(update={"deterministic": False})
    samples = np.random.default_rng(0).integers(0, 256, (SAMPLES, *shape), dtype=np.uint8)
    if contender in ("compiled", "not deterministic"):
        speed.engine(params, samples, interval)
    elif contender == "fit":
        fit(params, samples)
    elif contender == "large product":
        large_product(precision)
    elif contender == "count":
        count(params, samples)
    else:
        print(trained(params, samples, contender))


def fit(params, samples) -> None:
    import keras

    from benchmarks.keras_fit_jax import FitGan
    from ganpkg.training import build

    gan = build.gan(params, samples, Images())
    model = FitGan(gan.generator, gan.discriminator, params.latent_dim)
    model.compile(gan.generator_optimizer, gan.discriminator_optimizer)
    done, iterations = Turns(), len(samples) // params.batch_size
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: done(iterations))
    options = {"batch_size": params.batch_size, "epochs": sys.maxsize, "verbose": 0}
    model.fit(samples, callbacks=[clock], **options)


def large_product(precision: str) -> None:
    import jax

    first = jax.random.normal(jax.random.key(0), (SIDE, SIDE), precision)
    multiply, done = jax.jit(lambda x: first @ x / SIDE**0.5), Turns()
    product = first
    while True:
        for _ in range(10):
            product = multiply(product)
        product.block_until_ready()
        done(10)


def count(params, samples) -> None:
    from benchmarks.operations import operations
    from ganpkg.training import build

    print(params.batch_size, operations(build.gan(params, samples, Images()), params.batch_size))


def trained(params, samples, how: str) -> str:
    """A hash of all that a training changes: undisturbed, killed on its way, or gone on with."""
    from ganpkg import backend
    from ganpkg.datasets.dataset import Split
    from ganpkg.training.checkpoint import Checkpoints
    from ganpkg.training.training import Training

    backend.make_deterministic(params.seed)
    params = params.model_copy(update={"epochs": EPOCHS, "log_every": 32})
    training = Training(params, Split(samples, np.zeros(len(samples), np.uint8)), Images())
    position, last = training.position, training.log_steps[-1]
    checkpoints = Checkpoints({"benchmark": params.model_dump()}, last)
    if how == "killed":
        shutil.rmtree(
            checkpoints.folder, ignore_errors=True
        )  # of a benchmark that was broken off, perhaps with other code

    def after_call():
        if how == "killed" and position.step >= last // 3 and checkpoints.step is None:
            checkpoints.save(training.state)
        elif how == "killed" and position.step >= last // 2:
            os.kill(os.getpid(), signal.SIGKILL)

    if how == "resumed":
        training.restore(*checkpoints.newest())
    for _ in training.run(after_call):
        pass
    if how == "resumed":
        shutil.rmtree(checkpoints.folder)
    hashed = hashlib.sha256()
    for variable in training.gan.variables:
        hashed.update(np.asarray(variable.value).tobytes())
    return hashed.hexdigest()


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[2] in PRECISIONS:
        contend(*sys.argv[1:])
    else:
        sys.exit(main(sys.argv[1:] or JOBS))
