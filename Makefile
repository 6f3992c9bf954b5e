# `make serve` and `make test` do all set-up themselves. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Extras that `make install` brings: `make install EXTRAS=dev,train` for training.
EXTRAS ?= dev
ARGS ?=

.DEFAULT_GOAL := help

.PHONY: help
help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-22s %s\n", $$1, $$2}'

# Stamps name the extras: serving needs none of them, and asking for more installs more.
comma := ,
BARE := $(VENV)/.installed
STAMP := $(BARE)-$(subst $(comma),-,$(EXTRAS))

$(BARE): WANTED := .
$(STAMP): WANTED := .[$(EXTRAS)]
$(BARE) $(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "streamsign needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "Cannot make a virtual environment. On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '$(WANTED)'
	@touch $@

.PHONY: install
install: $(STAMP) ## Make .venv with everything pinned

.PHONY: serve
serve: $(BARE) ## Start the service and print the QR code (ARGS="--port 9000" adds flags)
	@$(BIN)/streamsign serve $(ARGS)

.PHONY: test
test: $(STAMP) ## Run the tests on every core (ARGS="-k whip" picks some, ARGS="-n 0" takes one core)
	$(BIN)/python -m pytest -n auto $(ARGS)

.PHONY: test-tflite-runtime
test-tflite-runtime: ## Prove the older TFLite runtime in its own environment (Linux, Python 3.11)
	@test -x .venv-tflite-runtime/bin/python || $(PYTHON) -m venv .venv-tflite-runtime
	.venv-tflite-runtime/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-tflite-runtime.txt --editable ".[tflite-runtime]"
	.venv-tflite-runtime/bin/python tests/tflite_runtime/check.py

.PHONY: check
check: $(STAMP) ## Lint, check the layers and type-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

.PHONY: format
format: $(STAMP) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: api
api: $(STAMP) ## Write the documents of the interfaces to docs/reference
	$(BIN)/python -m streamsign.server.documents docs/reference

.PHONY: clean
clean: ## Remove the virtual environments and caches
	rm -rf .venv .venv-* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
