# Chhlang: `make run` and `make test` need Python 3.11 or later and nothing else prepared.
#
#   make run         the dashboard on http://127.0.0.1:8050, with synthetic data where there are none yet
#   make test        every check and every test
#   make check       formatting, lint, layers, types
#   make bench       how long imports and the map take
#   make torture     kills, full disks, damaged files and new random examples by the hundred, for hours
#                    (TORTURE="kills --seed 2", TORTURE="properties --count 5")
#   make assets catalogues docs geodata     make committed files anew
#
# PYTHON names another interpreter (make run PYTHON=python3.12), PORT another port.

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
ENVIRONMENT := PYTHON="$(PYTHON)" sh scripts/environment.sh

.PHONY: run test check bench torture assets catalogues docs geodata clean environment environment-dev

run: environment
	@$(BIN)/python app.py demo --if-empty >/dev/null
	@exec $(BIN)/python app.py serve

test: environment-dev
	@$(BIN)/python scripts/system_packages.py
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: environment-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: environment-dev
	$(BIN)/python -m tests.bench $(BENCH)

torture: environment-dev
	$(BIN)/python -m tests.torture $(TORTURE)

assets: environment
	$(BIN)/python scripts/fetch_assets.py

catalogues: environment
	$(BIN)/python -m scripts.catalogues

docs: environment
	$(BIN)/python -m docs.generate

geodata: environment
	$(BIN)/python -m geodata.build

environment:
	@$(ENVIRONMENT) requirements.txt

environment-dev:
	@$(ENVIRONMENT) requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
