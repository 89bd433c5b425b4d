# Everything runs in .venv, which is built when it is missing or pyproject.toml changed.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
NOTEBOOKS := .venv/notebooks
TESTED := .venv/tested

.DEFAULT_GOAL := help
.PHONY: help demo lab test check clean-notebooks clean

help:  ## these lines
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

$(INSTALLED): pyproject.toml constraints.txt
	@echo "building .venv (a few minutes the first time)"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[offline,voices]'
	@touch $@

$(NOTEBOOKS): $(INSTALLED)
	@echo "adding JupyterLab"
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[offline,voices,notebook]'
	@touch $@

$(TESTED): $(INSTALLED)
	@echo "adding what the tests need"
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[offline,voices,notebook,postgresql,ray,test]'
	@touch $@

demo: $(INSTALLED)  ## review the sample calls into reviews/
	@echo "reviewing the recordings in sample_calls/"
	$(BIN)/qa-review review sample_calls --out reviews

lab: $(NOTEBOOKS)  ## open the notebooks in JupyterLab, on the sample calls
	$(BIN)/qa-review lab --results reviews --recordings sample_calls

test: $(TESTED)  ## run the whole suite
	$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder

check: $(TESTED)  ## format, lint, types, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder

clean-notebooks: $(TESTED)  ## strip outputs from the notebooks
	$(BIN)/jupyter nbconvert --clear-output --inplace notebooks/*.ipynb

clean:  ## remove .venv and results
	rm -rf .venv reviews build dist
