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

$(BARE): LOCKS := requirements-build.txt requirements.txt
$(STAMP): LOCKS := requirements-build.txt requirements.txt $(patsubst %,requirements-%.txt,$(subst $(comma), ,$(EXTRAS)))
$(BARE) $(STAMP): pyproject.toml $(wildcard requirements*.txt)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "streamsign needs Python 3.11 or newer; this is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "Cannot make a virtual environment. On Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	@echo "Installing the pinned packages into $(VENV): about a minute, once."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes $(addprefix --requirement ,$(LOCKS)) \
	  && $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . \
	  || { $(PYTHON) -c 'import platform as p; print("pip could not install streamsign on", p.system(), p.machine(), "with Python", p.python_version() + ".")'; \
	       echo "Without a network, connect and run make again. \"No matching distribution\" means that a dependency has no wheel for this"; \
	       echo "platform: the README lists those that have. Intel Macs and macOS before 14: run streamsign in Docker."; exit 1; }
	@touch $@

.PHONY: install
install: $(STAMP) ## Make .venv with everything pinned

.PHONY: phone-runtime
phone-runtime: $(BARE) ## Fetch what phones need to read letters themselves (LiteRT.js, 6 MB, from npm's registry)
	@$(BIN)/streamsign phone-runtime --if-missing

.PHONY: serve
serve: $(BARE) ## Start the service and print the QR code (ARGS="--port 9000" adds flags)
	@$(BIN)/streamsign phone-runtime --if-missing || echo "The server starts without it: phones send video, and this computer reads the letters."
	@$(BIN)/streamsign serve $(ARGS)

.PHONY: cluster
cluster: $(STAMP) ## Start gateways, workers, NATS, the relay, Prometheus and the edge of docker-compose.yml as plain processes
	@$(BIN)/python -m deploy.cluster $(ARGS)

.PHONY: test
test: $(STAMP) ## Run the tests on every core and print the ten slowest (ARGS="-k whip" picks some, ARGS="-n 0" takes one core)
	$(BIN)/python -m pytest -n auto -m "not slow" --durations=10 $(ARGS)

.PHONY: coverage
coverage: $(STAMP) ## Run the tests, those marked slow too, and print the line coverage of every file
	$(BIN)/python -m pytest -n auto --cov=streamsign --cov-report=term $(ARGS)

.PHONY: test-failed
test-failed: $(STAMP) ## Run the tests that failed last, one after another
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none -n 0 $(ARGS)

.PHONY: test-slow
test-slow: $(STAMP) ## Run the tests that take long: network outages, whole walks, shipped models on all pictures of a split
	$(BIN)/python -m pytest -n auto -m slow --durations=10 $(ARGS)

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

.PHONY: picture
picture: $(STAMP) ## Render the README's animated picture to docs/img
	$(BIN)/python -m streamsign.demo.animation docs/img/cello.webp

.PHONY: audit
audit: $(STAMP) ## Look the pinned packages up in the Python advisory database
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt pip-audit
	$(BIN)/pip-audit --skip-editable

.PHONY: sbom
sbom: $(STAMP) ## Write the software bill of materials (CycloneDX) to build/sbom.json
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt cyclonedx-bom
	@mkdir -p build
	$(BIN)/cyclonedx-py environment $(BIN)/python --output-reproducible --of JSON -o build/sbom.json

.PHONY: pin-images
pin-images: ## Write the digests of the base images into Dockerfile and docker-compose.yml (needs Docker and a registry)
	$(PYTHON) deploy/pin_images.py

.PHONY: lock
LOCK := $(BIN)/uv pip compile --constraint constraints.txt --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet
lock: $(STAMP) ## Write requirements*.txt: every dependency with the hashes of its files, from constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(LOCK) pyproject.toml --output-file requirements.txt
	$(LOCK) --group build --output-file requirements-build.txt
	for extra in cluster dev traces train; do $(LOCK) pyproject.toml --extra $$extra --output-file requirements-$$extra.txt || exit 1; done

.PHONY: crash
crash: $(STAMP) ## Kill the server 200 times while letters flow and write docs/reliability.md (KILLS=20 for fewer)
	$(BIN)/python -m benchmarks.crash $(or $(KILLS),200)

.PHONY: moves
moves: $(STAMP) ## Stop and kill workers of a cluster and restart its NATS, 50 times each, and write docs/reliability.md (COUNT=5 for fewer)
	for event in drain kill nats; do $(BIN)/python -m benchmarks.cluster_moves $$event $(or $(COUNT),50) || exit 1; done

.PHONY: skew
skew: $(STAMP) ## Drain workers of a cluster in which half runs an earlier commit, and write docs/reliability.md (COMMIT=..., COUNT=12)
	$(BIN)/python -m benchmarks.cluster_skew $(COMMIT) $(COUNT)

.PHONY: cluster-log
cluster-log: $(STAMP) ## Restart NATS while letters flow and write docs/reliability.md (RESTARTS=5 for fewer)
	$(BIN)/python -m benchmarks.cluster_log $(or $(RESTARTS),50)

.PHONY: soak
soak: $(STAMP) ## Let cameras come and go for an hour and write docs/reliability.md (MINUTES=15, CAMERAS=4)
	$(BIN)/python -m benchmarks.endurance $(or $(MINUTES),60) $(or $(CAMERAS),10)

.PHONY: chaos
chaos: $(STAMP) ## Cut a phone's network, kill the server, lose packets, and write docs/reliability.md (needs root)
	$(BIN)/python -m benchmarks.chaos

.PHONY: fuzz
fuzz: $(STAMP) ## Give damaged input to every parser and write docs/fuzzing.md (SCALE=0.01 for a short run without it)
	$(BIN)/python -m benchmarks.fuzz $(or $(SCALE),1)

.PHONY: clean
clean: ## Remove the virtual environments and caches
	rm -rf .venv .venv-* build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
