# make run    set up and start the app
# make test   set up, check and test
# make check  lint, types, contracts
# make gate   hold the grader against its baseline
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
DEV    := $(VENV)/.ready-dev

.PHONY: run test check format clean browser postgres voice bench gate
.DELETE_ON_ERROR:

run: $(READY)
	$(BIN)/interviewer serve

test: $(DEV) check browser postgres voice
	$(BIN)/python -m pytest --cov --cov-report=term

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/interviewer bank lint

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)
	$(BIN)/python evals/bench/speed.py

gate: $(READY)
	$(BIN)/interviewer eval gate

# torch comes first and alone: by that name pip finds the CPU build.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv $(VENV); } || { echo "python3 -m venv failed; install your system's python3-venv package."; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(DEV): $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

browser: $(DEV)
	@$(BIN)/python tests/ensure.py browser

postgres: $(DEV)
	@$(BIN)/python tests/ensure.py postgres

voice: $(DEV)
	@$(BIN)/python tests/ensure.py voice

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage* build dist
