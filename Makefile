# The verbs of the house. Nothing but Python 3.11+ and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check fix bench lock docs
.DEFAULT_GOAL := demo

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Rightcall needs Python 3.11 or newer, this is %d.%d. Try: make PYTHON=python3.12" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	@# The lock names every package. Looking for more, pip would meet a newer release of one with extras, and stop.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(BIN)/python -m pip check --disable-pip-version-check
	@touch $(READY)

demo: $(READY)  ## plan an invented city end to end, then run its program live
	$(BIN)/rightcall demo -o demo

test: $(READY)  ## every test, browser tests included
	$(BIN)/python tests/browser.py
	$(BIN)/python -m pytest -q -n 2

check: $(READY)  ## style, types, floors, generated pages; changes nothing
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/ruff format --check src tests benchmarks docs
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/python -m rightcall.locale.catalog --check

fix: $(READY)  ## what a machine can mend
	$(BIN)/ruff check --fix src tests benchmarks docs
	$(BIN)/ruff format src tests benchmarks docs
	$(BIN)/python docs/generate.py

bench: $(READY)  ## ratios against pandas, the floor and the slow twin
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/call_types.py
	$(BIN)/python benchmarks/demand.py
	$(BIN)/python benchmarks/simulation.py
	$(BIN)/python benchmarks/staffing.py
	$(BIN)/python benchmarks/plan.py
	$(BIN)/python benchmarks/service.py --seconds 600

lock:  ## needs uv on the PATH
	uv pip compile pyproject.toml --extra dev --extra bench --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
