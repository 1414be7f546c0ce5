# Everything one does with this repository. `make` alone lists it. All it takes is Python 3.11 or later.

PYTHON ?= python3
UV_VERSION := 0.13.8
UV := .uv/bin/uv
BIN := .venv/bin

export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never

.DEFAULT_GOAL := help
.PHONY: help setup run test fuzz check format docs bench lock clean

help:  ## say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/.done  ## install all that is needed into .venv, exactly as uv.lock says

run: setup  ## start the shop with some goods in it; Ctrl-C stops it
	$(BIN)/comanda up --demo

test: setup  ## run the tests, on PostgreSQL and all; ARGS="-k stock" narrows them
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

fuzz: setup  ## try every operation 100 times and at all its boundaries, as everybody; ARGS="-k paying" narrows it
	$(BIN)/pytest tests/fuzz --fuzz 100 $(ARGS)

check: setup  ## what the code must pass: format, lint, types, import rules
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: setup  ## put the code into its form
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

docs: setup  ## write the generated documents: OpenAPI, AsyncAPI, schemas, tables of events and settings
	$(BIN)/python -m comanda.runtime.documents

bench: setup  ## measure Comanda against what PostgreSQL alone can write on this machine
	$(BIN)/python benchmarks/run.py $(ARGS)

lock: $(UV)  ## write uv.lock anew after a change of pyproject.toml
	$(UV) lock

clean:  ## remove what setup, tests and checks made; data directories stay
	rm -rf .venv .uv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.done: uv.lock pyproject.toml | $(UV)
	$(UV) sync --frozen --compile-bytecode --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@$(BIN)/python -m compileall -q src
	@touch $@

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Comanda needs Python 3.11 or later, this is " + sys.version.split()[0] + ": make setup PYTHON=python3.12, say.")'
	@$(PYTHON) -m venv .uv || { echo 'Python lacks its venv module: apt-get install python3-venv, on Debian.' >&2; rm -rf .uv; exit 1; }
	.uv/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@
