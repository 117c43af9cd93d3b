# Everything a user or developer types; `make help` lists it.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := $(BIN)/uv
# Extra words for kedro, e.g. make run ARGS="--env first --pipelines acquisition"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install run test lint docs bench viz viz-site notebooks lock clean

help: ## List these targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: .venv/.installed ## Build .venv from requirements.lock (done once, by need)

.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "bentjets needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing into .venv (once; a few minutes on a slow line)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "$$(grep '^uv==' requirements.lock)"
	@$(UV) pip install --quiet --python $(BIN)/python --compile-bytecode -r requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

run: install ## Make the dataset, train, and write the report (kedro run; add ARGS="--env first")
	@$(BIN)/kedro run $(ARGS)

lint: install ## Style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## Lint, then every test that needs no internet
	$(BIN)/pytest -m "not remote" -n 2 --dist loadfile $(ARGS)

docs: install ## Build the documentation site into docs/_build/html; a warning is an error
	$(BIN)/sphinx-build --quiet -W --keep-going --jobs 2 --doctree-dir docs/_build/doctrees docs docs/_build/html $(ARGS)

bench: install ## Measure speed, as ratios within one run (one part: ARGS=surveys)
	$(BIN)/python benchmarks/run.py $(ARGS)

viz: install ## Lineage in the browser (kedro-viz)
	$(BIN)/kedro viz run $(ARGS)

viz-site: install ## Lineage as a static site in build/, with previews of what the last run made
	@$(BIN)/kedro viz build --include-hooks --include-previews $(ARGS)
	@$(BIN)/python -m bentjets.lineage.site build
	@echo "look at it by: $(BIN)/python -m http.server --bind 127.0.0.1 --directory build"

notebooks: install ## Open the notebooks in JupyterLab, which is installed for it
	@$(UV) pip install --quiet --python $(BIN)/python "jupyterlab>=4.3"
	@cd notebooks && ../$(BIN)/jupyter lab $(ARGS)

# torch's own metadata pins the CUDA packages it needs on Linux; leaving them out keeps the
# lock usable where they do not exist.
lock: install ## Compile requirements.lock anew from pyproject.toml
	$(UV) pip compile --quiet --python $(BIN)/python --extra dev --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links \
	  $(foreach p,$(CUDA_PACKAGES),--no-emit-package $(p)) pyproject.toml --output-file requirements.lock
CUDA_PACKAGES = $(shell $(UV) pip list --python $(BIN)/python --format freeze 2>/dev/null \
  | sed -n -E 's/^((nvidia|cuda)-[^=]*|triton)==.*/\1/p')

clean: install ## Remove what runs made under data/, and nothing else; asks first (YES=1 does not)
	@$(BIN)/python -m bentjets.commands.cleaning $(if $(YES),--yes)
