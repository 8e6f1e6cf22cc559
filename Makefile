# `make run` starts the server, `make test` runs the tests. A fresh machine needs only Python 3.11 and a C++ compiler.
# Packages are installed into .venv/ and programs are built in .engine/, once. `make help` lists all targets.

PYTHON ?= python3
HOST ?= localhost
PORT ?= 8000
NODE_PORT ?= 8100
# Four even on two cores, because tests often wait.
WORKERS ?= 4

BIN := .venv/bin
VENV := .venv/.created
RUN_PACKAGES := .venv/.packages-to-run
TEST_PACKAGES := .venv/.packages-to-test
STATIC_FILES := staticfiles/staticfiles.json
LINT_PACKAGES := node_modules/.packages-to-lint
CLIENTS := .venv/clients
CLIENT_PACKAGES := $(CLIENTS)/.packages
NODE_CLIENTS := tests/clients/node_modules/.packages

.DELETE_ON_ERROR:
.NOTPARALLEL:

.PHONY: help
help: ## List all targets
	@echo "make run starts the server on http://$(HOST):$(PORT) (HOST=… and PORT=… change the address). All targets:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s  %s\n", $$1, $$2 }' Makefile

# With engine nodes, the server has no engine of its own to build.
.PHONY: run
run: $(if $(ENGINE_URL),,engine) database $(STATIC_FILES) ## Start the server; the first run installs and builds everything it needs
	@echo "→ Server on http://$(HOST):$(PORT) (stop with Ctrl-C)"
	@exec $(BIN)/gunicorn -c python:bitnetsite.gunicorn --bind "$(HOST):$(PORT)"

.PHONY: engine-node
engine-node: engine ## Start an engine node on port 8100, for servers on other machines (HOST=0.0.0.0 ENGINE_TOKEN=…)
	@ROLE=engine exec $(BIN)/gunicorn -c python:bitnetsite.gunicorn --bind "$(HOST):$(NODE_PORT)"

.PHONY: test
test: $(TEST_PACKAGES) $(STATIC_FILES) ## Run the tests; the first run installs and builds everything they need
	@echo "→ Engine, and the other llama.cpp programs that the tests use"
	@$(BIN)/python manage.py build_engine --tools $(if $(SOAK),--no-cache)
	@echo "→ A published model, for the tests of the engine"
	@$(BIN)/python -m tests.real_model
	@echo "→ Chromium, for the tests of the pages"
	@$(BIN)/python -m tests.browser.driver.chromium
	@echo "→ Tests"
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup $(TESTS)

.PHONY: soak
soak: $(TEST_PACKAGES) ## Run the tests with full counts and without the engine cache; takes long
	@SOAK=1 $(MAKE) --no-print-directory test

.PHONY: prove
prove: engine $(TEST_PACKAGES) $(STATIC_FILES) ## Prove what the server promises, and write docs/promises.md; takes about half an hour
	@$(BIN)/python manage.py build_engine --tools
	@$(BIN)/python -m tests.real_model
	@$(BIN)/python -m tests.browser.driver.chromium
	@SOAK=1 PROVE=docs/promises.md $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup -m promise $(TESTS)

.PHONY: machines
machines: engine $(TEST_PACKAGES) $(STATIC_FILES) ## Run the tests of engines on several machines, which are network namespaces
	@$(BIN)/python -m tests.machines.requirements
	@$(BIN)/python -m tests.machines $(TESTS)
	@MACHINES=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup tests/inference/engine/contract tests/inference/engine/remote

.PHONY: clients
clients: engine $(TEST_PACKAGES) $(CLIENT_PACKAGES) $(NODE_CLIENTS) $(STATIC_FILES) ## Run other people's clients and test suites against the server
	@$(BIN)/python -m tests.clients $(TESTS)

.PHONY: benchmark
benchmark: engine $(TEST_PACKAGES) $(STATIC_FILES) ## Compare the server with the programs alone, and write docs/benchmarks.md; takes 50 minutes on an idle machine
	@$(BIN)/python manage.py build_engine --tools
	@$(BIN)/python -m tests.benchmarks $(ARGUMENTS)

.PHONY: browser-benchmark
browser-benchmark: $(TEST_PACKAGES) $(STATIC_FILES) ## Time the chat page in Chromium, on an otherwise idle machine
	@$(BIN)/python -m tests.browser.programs.benchmark

.PHONY: screenshots
screenshots: engine $(TEST_PACKAGES) $(STATIC_FILES) ## Take the screenshots in docs/screenshots/
	@echo "→ Screenshots (docs/screenshots)"
	@$(BIN)/python -m tests.browser.programs.screenshots

.PHONY: demo-model
demo-model: engine ## Train the demo model from scratch; takes up to two hours on two cores
	@echo "→ Python packages of the demo model"
	@test -x .venv/demo-model/bin/python || "$(PYTHON)" -m venv .venv/demo-model
	@.venv/demo-model/bin/python -m pip install --quiet --disable-pip-version-check -r models/demo/requirements.txt
	@OMP_WAIT_POLICY=PASSIVE .venv/demo-model/bin/python -m models.demo.build

.PHONY: check
check: lint types test ## Run all checks: lint, types and tests

.PHONY: lint
lint: lint-python lint-javascript ## Check Python and JavaScript: lint, format, and JavaScript's types

.PHONY: lint-python
lint-python: $(TEST_PACKAGES)
	@echo "→ Lint: Python"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: lint-javascript
lint-javascript: $(LINT_PACKAGES)
	@echo "→ Lint: JavaScript"
	@node_modules/.bin/biome ci --error-on-warnings
	@node_modules/.bin/tsc

.PHONY: types
types: $(TEST_PACKAGES) ## Check Python's types with mypy
	@echo "→ Types"
	@$(BIN)/mypy

.PHONY: format
format: $(TEST_PACKAGES) $(LINT_PACKAGES) ## Format Python and JavaScript
	@echo "→ Format"
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@node_modules/.bin/biome check --write

.PHONY: engine
engine: $(RUN_PACKAGES) ## Build llama-cli; ENGINE=bitnet builds the one of bitnet.cpp, for models in I2_S
	@echo "→ Engine"
	@$(BIN)/python manage.py build_engine $(if $(filter bitnet,$(ENGINE)),--bitnet)

.PHONY: database
database: $(RUN_PACKAGES) ## Create or migrate the database
	@echo "→ Database"
	@$(BIN)/python manage.py migrate
	@$(BIN)/python manage.py first_administrator

.PHONY: admin
admin: database ## Create an administrator; asks for name and password
	@$(BIN)/python manage.py createsuperuser

.PHONY: vendor
vendor: $(RUN_PACKAGES) ## Fetch the pages' libraries and fonts from npm, and verify their hashes
	@echo "→ Libraries and fonts (static/vendor)"
	@$(BIN)/python -m bitnetsite.assets.vendoring

.PHONY: outdated
outdated: $(TEST_PACKAGES) ## List the packages that have newer releases
	@$(BIN)/python -m pip list --outdated

.PHONY: audit
audit: $(TEST_PACKAGES) ## Check the server's packages for known vulnerabilities; needs the network
	@echo "→ Known vulnerabilities of the packages"
	@output=$$(timeout 60 $(BIN)/pip-audit --strict --requirement requirements.txt --disable-pip --no-deps --timeout 5 \
			--progress-spinner off 2>&1); status=$$?; \
	case "$$status $$output" in \
		"0 "*) echo "$$output" ;; \
		*"Found "*" known vulnerabilit"*) echo "$$output" >&2; exit 1 ;; \
		*) echo "$$output" | tail -n 1 >&2; echo "Not checked: the list of vulnerabilities cannot be read, or lacks a" \
			"package (see above). Run make audit again with access to the network." >&2; exit 2 ;; \
	esac

.PHONY: clean
clean: ## Delete installed packages, builds and caches; keep databases and models
	@echo "→ Deleting .venv, .engine and caches"
	@rm -rf .venv .engine node_modules tests/clients/node_modules staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# `find` lists folders too, because they change when a file is added or deleted.
$(STATIC_FILES): $(RUN_PACKAGES) bitnetsite/assets/static_files.py $(shell find static)
	@echo "→ Static files"
	@$(BIN)/python manage.py collectstatic --no-input --clear --verbosity 0

$(VENV):
	@echo "→ Virtual environment (.venv)"
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "$(PYTHON) was not found. Expected: Python 3.11 or newer. Install it (Debian, Ubuntu:" \
			"sudo apt-get install python3 python3-venv), or choose another one: make PYTHON=python3.12 …" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is $$("$(PYTHON)" --version 2>&1). Expected: Python 3.11 or newer. Install a newer one" \
			"and choose it: make PYTHON=python3.12 …" >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' || { \
		echo "$(PYTHON) comes without its venv module. Expected: venv and ensurepip. Install them (Debian, Ubuntu:" \
			"sudo apt-get install python3-venv), then run make again." >&2; exit 1; }
	@"$(PYTHON)" -m venv .venv
	@touch $@

$(RUN_PACKAGES): requirements.txt requirements-engine.txt | $(VENV)
	@echo "→ Python packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-engine.txt
	@touch $@

$(TEST_PACKAGES): requirements.txt requirements-engine.txt requirements-dev.txt | $(VENV)
	@echo "→ Python packages, including those for the tests"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -r requirements-engine.txt
	@touch $@ $(RUN_PACKAGES)

# openai-tests asks for Python 3.13, but runs with 3.11 too. It needs no other package.
$(CLIENT_PACKAGES): requirements-clients.txt | $(VENV)
	@echo "→ Python packages of the clients ($(CLIENTS))"
	@test -x $(CLIENTS)/bin/python || "$(PYTHON)" -m venv $(CLIENTS)
	@$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-clients.txt
	@$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --ignore-requires-python \
		openai-tests==0.1.0
	@touch $@

# Only lint, format and the clients need Node.js. The server and its tests do not.
define require-npm
	@command -v node >/dev/null && command -v npm >/dev/null || { \
		echo "npm was not found. make lint, make format and make clients need Node.js 20 or newer with npm." \
			"Install both (Debian, Ubuntu: sudo apt-get install nodejs npm), then try again." >&2; exit 1; }
endef

$(LINT_PACKAGES): package.json package-lock.json .npmrc
	$(require-npm)
	@echo "→ npm packages (node_modules)"
	@npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(NODE_CLIENTS): tests/clients/package.json tests/clients/package-lock.json
	$(require-npm)
	@echo "→ npm packages of the clients (tests/clients/node_modules)"
	@cd tests/clients && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
