# Everything sets itself up: a virtual environment in .venv with the versions of constraints.txt.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint types wheel clean

demo: .venv/ready
	@exec $(BIN)/python -m bot demo $(ARGS)

# Two processes of one thread each: many tests wait for a bot more than they reckon.
test: .venv/ready
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile $(ARGS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready
	$(BIN)/mypy

wheel: .venv/ready
	$(BIN)/python -m build --wheel --installer pip

clean:
	rm -rf .venv build dist *.egg-info

.venv/ready: pyproject.toml constraints.txt
	@echo "setting up .venv with the pinned libraries; this takes a few minutes, once"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@
