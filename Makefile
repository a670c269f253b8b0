# Chhlang: `make run` and `make test` need Python 3.11 or later and nothing else prepared.
#
#   make run         the dashboard on http://127.0.0.1:8050, with synthetic data where there are none yet
#   make quick       tests without database, browser and process: under a minute
#   make test        every check, and every test in at least one case: ten minutes on two cores
#   make full        every test with many examples: by hand, before a release
#   make check       formatting, lint, layers, types
#   make coverage    `make test` with the share of lines and branches that it runs
#   make audit       known faults of the packages this needs (asks the internet)
#   make lock        requirements.lock anew: every package with its hashes (asks the internet)
#   make sbom        sbom.json, the list of what is in it, in the form of CycloneDX (asks the internet once)
#   make licences    the licence of every package that running needs
#   make bench       how long imports and the map take
#   make torture     kills, full disks, damaged files, bombs, formulas, stalling strangers, attacks and new random examples, for hours
#                    (TORTURE="kills --seed 2", TORTURE="properties --count 5")
#   make assets catalogues docs geodata screenshots     make committed files anew
#
# PYTHON names another interpreter (make run PYTHON=python3.12), PORT another port.

PYTHON ?= python3
# On two cores: a worker waits while its browser, server or database works. With four, each takes more of the
# processor for the same tests (docs/decisions/0090-what-tests-share.md).
WORKERS ?= 3
VENV := .venv
BIN := $(VENV)/bin
ENVIRONMENT := PYTHON="$(PYTHON)" sh scripts/environment.sh

# Tests start hundreds of processes: each reads compiled modules, also where the system asks to write none.
TESTS = PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
AUDIT := .venv-audit

.PHONY: run quick test full check style types compiled tests coverage audit lock sbom licences bench torture assets catalogues docs geodata screenshots clean environment environment-dev

run: environment
	@$(BIN)/python app.py demo --if-empty >/dev/null
	@exec $(BIN)/python app.py serve --unless-running

test: environment-dev
	@$(BIN)/python scripts/system_packages.py
	@$(MAKE) --no-print-directory -j 2 IN_TURN=yes style compiled types tests

# Types are looked at while kernels are compiled and tests run; neither begins where the style is wrong.
ifdef IN_TURN
types: style
tests: style compiled
endif

# Nothing in it waits: a third worker would only load everything once more.
quick: WORKERS = 2
quick: environment-dev
	CHHLANG_TEST_EXAMPLES=quick $(TESTS) -m quick

full: environment-dev
	@$(BIN)/python scripts/system_packages.py
	@$(MAKE) --no-print-directory check
	CHHLANG_TEST_EXAMPLES=full $(TESTS) -m "full or not full"

check: style types

style: environment-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

compiled: environment-dev
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m tests.support.warm

types: environment-dev
	$(BIN)/mypy

tests: environment-dev
	$(TESTS)

coverage: environment-dev
	@$(BIN)/python scripts/system_packages.py
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

audit:
	@test -x $(AUDIT)/bin/pip-audit || { $(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/python -m pip install --quiet pip-audit==2.10.1; }
	@$(PYTHON) scripts/audit.py $(AUDIT)/bin/pip-audit constraints.txt

lock:
	@test -x $(AUDIT)/bin/uv || { $(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/python -m pip install --quiet uv==0.13.9; }
	$(AUDIT)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" -o requirements.lock requirements.txt

sbom: environment
	@test -x $(AUDIT)/bin/cyclonedx-py || { $(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/python -m pip install --quiet cyclonedx-bom==7.5.0; }
	$(AUDIT)/bin/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application --output-reproducible -o sbom.json requirements.lock
	@$(BIN)/python -m scripts.sbom sbom.json requirements.lock

licences: environment
	@$(BIN)/python -m scripts.licences

bench: environment-dev
	$(BIN)/python -m tests.bench $(BENCH)

torture: environment-dev
	$(BIN)/python -m tests.torture $(TORTURE)

assets: environment
	$(BIN)/python scripts/fetch_assets.py
	$(BIN)/python -m scripts.icons

catalogues: environment
	$(BIN)/python -m scripts.catalogues

docs: environment
	$(BIN)/python -m docs.generate
	$(BIN)/python -m scripts.tokens

geodata: environment
	$(BIN)/python -m geodata.build
	$(BIN)/python -m geodata.lakes
	$(BIN)/python -m geodata.outlining

screenshots: environment-dev
	@$(BIN)/python scripts/system_packages.py
	$(BIN)/python -m scripts.screenshots
	$(BIN)/python -m scripts.guide_pictures
	$(BIN)/python -m scripts.guide_pages

environment:
	@$(ENVIRONMENT) requirements.txt

environment-dev:
	@$(ENVIRONMENT) requirements-dev.txt

clean:
	rm -rf $(VENV) $(AUDIT) .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
