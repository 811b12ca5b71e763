# `make help` lists the targets. Each does its own set-up, in .venv.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help bench benchmarks test coverage check lint format install lock docs vega ui clean

PYTHON ?= python3
GPU ?=
LOCK := $(if $(GPU),gpu,cpu)
READY := .venv/.ready-$(LOCK)
RUN := VIRTUAL_ENV="$(CURDIR)/.venv" PATH="$(CURDIR)/.venv/bin:$$PATH"

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

bench: install ## Run the whole benchmark (GPU=1: with TensorFlow's CUDA libraries, JOBS=n: so many stages at once)
	@$(RUN) cnnbench bench $(if $(filter-out auto,$(JOBS)),--jobs $(JOBS))

test: install ## Run the test suite (ORDER=seed: in random order, OFFLINE=1: without a network, JOBS=n: so many at once)
	@$(RUN) $(ALONE) $(TESTS)

coverage: install ## Run the test suite and show which branches of src it does not reach
	@$(RUN) coverage erase
	@$(RUN) $(ALONE) coverage run -m $(TESTS)
	@$(RUN) coverage combine --quiet
	@$(RUN) coverage report

# A file's tests stay together, for what they share; tests/conftest.py puts the longest files first. A process takes 1 to 2 GB.
TESTS = pytest -n $(JOBS) --maxprocesses 8 --dist loadfile --no-loadscope-reorder $(if $(ORDER),--random-order --random-order-seed=$(ORDER))
JOBS ?= auto
ORDER ?=
OFFLINE ?=
# A network of its own with a loopback and nothing else; needs no root where the kernel lets users have namespaces.
ALONE = $(if $(OFFLINE),unshare --map-root-user --net sh -c 'ip link set lo up && exec "$$@"' sh)

check: install ## Compare the results with the thresholds of params.yaml
	@$(RUN) cnnbench check

lint: install ## Check style, types and layers
	@$(RUN) ruff check
	@$(RUN) ruff format --check
	@$(RUN) mypy
	@$(RUN) lint-imports --no-cache

format: install ## Put the code into the house's form
	@$(RUN) ruff check --fix
	@$(RUN) ruff format

benchmarks: install ## Measure what each stage costs and how it grows, into benchmarks/RESULTS.md; best on a quiet machine
	@$(RUN) python benchmarks/results.py

docs: install ## Write the tables of docs/leaderboard.md, and docs/results.md from the last report
	@$(RUN) python docs/tables.py

vega: install ## Write plots/vega.js, with which `dvc plots` needs no network
	@$(RUN) python -c '$(VEGA)'

VEGA := import pathlib, vl_convert; pathlib.Path("plots/vega.js").write_text(vl_convert.javascript_bundle(vl_version="5.21"), encoding="utf-8")

ui: install ## Open MLflow on http://127.0.0.1:5000
	@$(RUN) mlflow ui

install: $(READY) ## Create .venv with the pinned dependencies

# The two have the same files, so one goes before the other comes.
OTHER := $(if $(GPU),tensorflow-cpu,tensorflow)

# Bytecode is compiled once, here: otherwise every stage would spend ten seconds compiling TensorFlow.
$(READY): requirements/$(LOCK).txt requirements/uv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Expected Python 3.11 to 3.13, received " + sys.version.split()[0] + ": run make with PYTHON=/path/to/python3.11.")'
	@test -x .venv/bin/pip || $(PYTHON) -m venv .venv
	@rm -f .venv/.ready-*
	.venv/bin/pip install --quiet --require-hashes --no-deps -r requirements/uv.txt
	@test "$$(uname -sm)" != "Linux x86_64" || .venv/bin/uv pip uninstall --quiet --python .venv $(OTHER)
	.venv/bin/uv pip install --quiet --python .venv --compile-bytecode --require-hashes -r requirements/$(LOCK).txt
	.venv/bin/uv pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

lock: install ## Pin the newest versions that pyproject.toml allows
	@cd requirements && ../.venv/bin/uv pip compile uv.in -o uv.txt $(PIN)
	@.venv/bin/uv pip compile pyproject.toml requirements/cpu.in --override requirements/cpu-instead.in --extra dev -o requirements/cpu.txt $(PIN)
	@.venv/bin/uv pip compile pyproject.toml --extra dev --extra gpu -o requirements/gpu.txt $(PIN)

PIN := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --quiet --upgrade

clean: ## Remove what runs wrote, but for the MLflow store and the DVC cache
	@rm -rf data models dvc_plots .cnnbench/checkpoints reports/metrics reports/explore reports/plots reports/removed reports/{baselines,corruptions,probes,runs,tests}/* reports/*.csv reports/*.html reports/*.js reports/*.md reports/{leakage,metrics}.json .pytest_cache .mypy_cache .ruff_cache
