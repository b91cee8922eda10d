# Callbox. `make` alone explains itself.
.DEFAULT_GOAL := help
.PHONY: help demo run test lint types imports pytest soak talkoff bench mutants lock clean

# Read by OpenBLAS when numpy is imported, which a plugin of pytest does early: two threads cost twice the CPU.
export OPENBLAS_NUM_THREADS := 1

PYTHON := .venv/bin/python
CONFIG ?= config/callbox.toml
ARGS   ?=

help:  ## this page
	@echo "Callbox: the call recorder that makes a privacy notice true."
	@echo "Set-up happens by itself, the first time a target needs it."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "ARGS=\"...\" is handed on, as in: make demo ARGS=\"--speed 4\", make pytest ARGS=\"tests/call -x\""

demo: .venv/ready-run  ## a call comes in, a sealed recording comes out: here, without hardware
	@.venv/bin/callbox demo $(ARGS)

run: .venv/ready-run  ## recorder and keeper in the foreground, with CONFIG=config/callbox.toml
	@.venv/bin/callbox run --config $(CONFIG) $(ARGS)

test: lint types imports pytest  ## everything that must be green: the four below

lint: .venv/ready-test  ## style and form: ruff
	@echo "== lint"
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .

types: .venv/ready-test  ## types: mypy, strict
	@echo "== types"
	@$(PYTHON) -m mypy

imports: .venv/ready-test  ## who may import whom: import-linter
	@echo "== imports"
	@.venv/bin/lint-imports --no-cache

# Two processes share the tests (tests/conftest.py says how). A hanging test is named by pytest-timeout; the outer
# limit is for what that cannot end.
pytest: .venv/ready-test  ## every test, in random order (the seed is printed)
	@echo "== tests"
	@timeout --foreground --kill-after=30 1200 $(PYTHON) -m pytest --numprocesses 2 --dist loadgroup $(ARGS)

soak: .venv/ready-test  ## the long tests whole: 50 kills, a minute unplugged, 2,000 calls, two hours, every crash point, 200 power cuts, 1,000 typed lines
	@CALLBOX_EXAMPLES=soak CALLBOX_KILLS=50 CALLBOX_UNPLUGGED=60 CALLBOX_CALLS=2000 CALLBOX_ROLL_OVER=7200 \
		CALLBOX_CUTS=200 CALLBOX_RACES=1000 CALLBOX_NUMBERS=160 CALLBOX_SESSIONS=20 CALLBOX_TYPED=1000 CALLBOX_REQUESTS=2000 \
		$(PYTHON) -m pytest --timeout 3600 tests/call tests/faults tests/journey tests/keeper tests/recorder tests/retention tests/sealing tests/shell tests/signal $(ARGS)

talkoff: .venv/ready-test  ## hours of people who key nothing: what was heard that was not there? writes build/talkoff.json
	@OPENBLAS_NUM_THREADS=1 $(PYTHON) -m tests.signal.talk_off

bench: .venv/ready-test  ## measure against peers in the same run; writes build/bench.json
	@mkdir -p build
	@$(PYTHON) -m tests.benchmarks $(ARGS)

mutants: .venv/ready-test  ## wrong firmware on purpose: which mistakes would no test notice? writes build/mutants.txt
	@$(PYTHON) -m tests.mutants.mutants_run $(ARGS)

lock:  ## write the lock files anew from pyproject.toml (needs uv)
	@.ci/lock

clean:  ## remove everything that make made
	@rm -rf build dist .venv *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready-run: requirements.lock pyproject.toml .ci/setup
	@.ci/setup run

.venv/ready-test: requirements-dev.lock requirements.lock pyproject.toml .ci/setup
	@.ci/setup test
