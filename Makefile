# `make help` lists what can be done. Everything happens in the environment .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHELL := bash
PARALLEL := --numprocesses logical --no-loadscope-reorder
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help repro test test-all lint ui bench torture lock clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

repro: $(VENV)/.main  ## Set up, then run the pipeline: data, training, samples, evaluation
	dvc repro

test: $(VENV)/.dev lint  ## Set up, then run the fast tests
	pytest $(PARALLEL) -m "not slow"

test-all: $(VENV)/.dev lint  ## Set up, then run every test, as CI does
	pytest $(PARALLEL)

lint: $(VENV)/.dev
	ruff check .
	ruff format --check .

ui: $(VENV)/.main  ## Compare the runs in the MLflow UI
	@python -m ganpkg.comparison
	mlflow ui

bench: $(if $(TORCH_PYTHON),$(VENV)/.main $(VENV)/.jax,$(VENV)/.bench)  ## Compare the speed of the engines, Keras' fit, PyTorch and JAX (20 minutes)
	python -m benchmarks.speed

torture: $(VENV)/.dev  ## Kill a training a hundred times; it must end with the same bytes (45 minutes)
	python -m tests.torture 100

lock:  ## Pin the requirements anew, from requirements/*.in (needs uv)
	cd requirements && for name in main dev gpu jax jax-gpu bench; do \
	    constraint=$$([ $$name = main ] || echo "-c main.txt"); \
	    uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	        --no-header $$constraint $$name.in -o $$name.txt; done

clean:  ## Remove the environment
	rm -rf $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11, 3.12 or 3.13 is needed; try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@# MLflow reports nothing from this environment, `mlflow ui` by hand included.
	echo 'import os; os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")' \
	    > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/no_telemetry.pth"

$(VENV)/.main $(VENV)/.dev $(VENV)/.jax $(VENV)/.bench: $(VENV)/.%: requirements/%.txt $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --no-deps --no-compile --require-hashes -r $<
	$(BIN)/python -m ganpkg.versions
	touch $@
