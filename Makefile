# shulu: `make demo` runs the main job on this machine, `make test` passes the tests. Both install what they need.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The lab boots hosts, makes namespaces and attaches disks: that needs root, by itself or through sudo.
ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
BIN := $(CURDIR)/.venv/bin
LAB := $(ROOT) $(BIN)/python -m lab
PLAY := $(ROOT) env ANSIBLE_CONFIG=$(CURDIR)/ansible.cfg $(BIN)/ansible-playbook
STEP := .ci/step
SETUP := .cache/setup.stamp

DEMO_SIZE ?= full
DEMO := $(CURDIR)/.cache/demo
TEST := $(CURDIR)/.cache/test
SCENARIOS := $(notdir $(patsubst %/,%,$(dir $(wildcard molecule/*/molecule.yml))))

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z%-]*\):.*## /\1	/p' $(MAKEFILE_LIST) | column -t -s '	'

.PHONY: setup
setup: $(SETUP) ## install what the demo and the tests need: Debian packages and .venv

$(SETUP): debian-packages.txt requirements.txt requirements-dev.txt pyproject.toml
	@mkdir -p .cache/log
	@echo "==> Debian packages (log: .cache/log/apt.log)"
	@packages=$$(sed 's/#.*//' debian-packages.txt); \
	 if ! dpkg-query -W -f '$${db:Status-Abbrev}\n' $$packages 2>&1 | grep -qv '^ii'; then echo "    all there"; else \
	   export DEBIAN_FRONTEND=noninteractive; \
	   { $(ROOT) apt-get update && $(ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$packages; } \
	     >.cache/log/apt.log 2>&1 </dev/null || { tail -n 20 .cache/log/apt.log; exit 1; }; fi
	@echo "==> Python packages into .venv (log: .cache/log/pip.log)"
	@python3 -m venv .venv
	@{ $(BIN)/pip install -r requirements.txt -r requirements-dev.txt && $(BIN)/pip install --no-deps -e .; } \
	   >.cache/log/pip.log 2>&1 || { tail -n 20 .cache/log/pip.log; exit 1; }
	@touch $@

.PHONY: test
test: $(SETUP) ## format, lint, types, unit tests, then every Molecule scenario
	@$(STEP) --begin
	@failed=0; for target in lint types unit; do $(MAKE) --no-print-directory $$target || failed=1; done; \
	 $(MAKE) --no-print-directory test-content || failed=1; \
	 for scenario in $(SCENARIOS); do $(MAKE) --no-print-directory scenario-$$scenario || failed=1; done; \
	 $(STEP) --summary && [ $$failed = 0 ]

.PHONY: lint
lint: $(SETUP) ## ruff, ansible-lint, yamllint
	@$(STEP) ruff-format $(BIN)/ruff format --check .
	@$(STEP) ruff $(BIN)/ruff check .
	@$(STEP) yamllint $(BIN)/yamllint --strict .
	@PATH="$(BIN):$$PATH" $(STEP) ansible-lint $(BIN)/ansible-lint

.PHONY: types
types: $(SETUP) ## mypy, strict
	@$(STEP) mypy $(BIN)/mypy

.PHONY: unit
unit: $(SETUP) ## unit and property tests
	@$(STEP) unit $(ROOT) env PATH="$(BIN):$$PATH" $(BIN)/pytest

scenario-%: $(SETUP) ## one Molecule scenario, for instance scenario-network
	@PATH="$(BIN):$$PATH" $(STEP) molecule-$* $(ROOT) env PATH="$(BIN):$$PATH" SHULU_WORK=$(TEST) $(BIN)/molecule test -s $*

.PHONY: clean
clean: demo-down ## remove what was built here, the labs included
	@$(ROOT) rm -rf .cache .venv
