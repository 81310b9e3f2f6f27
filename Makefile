# shulu: `make demo` runs the main job on this machine, `make test` passes the tests. Both install what they need.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# The lab boots hosts, makes namespaces and attaches disks: that needs root, by itself or through sudo.
ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
BIN := $(CURDIR)/.venv/bin
LAB := $(ROOT) $(BIN)/python -m lab
PLAY = $(ROOT) env SHULU_WORK=$(SHULU_WORK) $(BIN)/ansible-playbook
STEP := .ci/step
SETUP := .cache/setup.stamp

# Whether a server of the demo has made live what was packed last.
has_release = $(LAB) exec demo $(1) -- cat /srv/shulu/store/live/release.json 2>/dev/null | cmp -s - $(DEMO)/release/release.json

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
	@# Debian's npm conflicts with the Node.js that others package: one that is there is good.
	@echo "==> Debian packages (log: .cache/log/apt.log)"
	@packages=$$(sed 's/#.*//' debian-packages.txt); \
	 command -v npm >/dev/null || packages="$$packages npm"; \
	 if ! dpkg-query -W -f '$${db:Status-Abbrev}\n' $$packages 2>&1 | grep -qv '^ii'; then echo "    all there"; else \
	   export DEBIAN_FRONTEND=noninteractive; \
	   { $(ROOT) apt-get update && $(ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $$packages; } \
	     >.cache/log/apt.log 2>&1 </dev/null || { tail -n 20 .cache/log/apt.log; exit 1; }; fi
	@echo "==> Python packages into .venv (log: .cache/log/pip.log)"
	@python3 -m venv .venv
	@{ $(BIN)/pip install -r requirements.txt -r requirements-dev.txt && $(BIN)/pip install --no-deps -e .; } \
	   >.cache/log/pip.log 2>&1 || { tail -n 20 .cache/log/pip.log; exit 1; }
	@touch $@

# The order of the day of a province's first roll-out; each step says what it does, and can be repeated.
.PHONY: demo
demo: export SHULU_WORK := $(DEMO)
demo: export SHULU_LAB := demo
demo: $(SETUP) portal-vendor ## run the main job: a demo province on this machine, whole (DEMO_SIZE=tiny, small, full)
	@echo "==> 1/9 Test hosts: a hub and three libraries"
	@$(LAB) create demo --spec lab/demo.yml
	@echo "==> 2/9 The kit: what servers without internet install"
	@$(ROOT) $(BIN)/shulu kit build --out $(DEMO)/kit
	@echo "==> 3/9 Content of the fourteen collections ($(DEMO_SIZE))"
	@$(ROOT) $(BIN)/python -m demo sources --out $(DEMO)/sources --size $(DEMO_SIZE)
	@echo "==> 4/9 Pack bags, make and sign the release"
	@$(PLAY) playbooks/pack.yml
	@echo "==> 5/9 Ship the release on a disk from here to the hub, rehearse and load the hub"
	@$(call has_release,990000) && echo "    it is live there" || { set -e; \
	  $(LAB) disk demo national --size 2G; \
	  $(LAB) unplug demo 990000 national && $(LAB) disk demo national; \
	  $(PLAY) playbooks/ship.yml -e ship_serial=national -e ship_erase=true; \
	  $(LAB) plug demo 990000 national; \
	  $(PLAY) playbooks/site.yml --limit 990000 --check; \
	  $(PLAY) playbooks/site.yml --limit 990000; }
	@echo "==> 6/9 Ship a disk from the hub to the library without a good line"
	@$(call has_release,990102) && echo "    it is live there" || { set -e; \
	  $(LAB) disk demo county --size 2G; \
	  $(LAB) unplug demo 990102 county; \
	  $(LAB) plug demo 990000 county; \
	  $(PLAY) playbooks/ship.yml -e ship_station=990000 -e ship_serial=county -e ship_erase=true; \
	  $(LAB) unplug demo 990000 county; \
	  $(LAB) plug demo 990102 county; }
	@echo "==> 7/9 Preflight"
	@$(PLAY) playbooks/preflight.yml
	@echo "==> 8/9 Rehearse, then roll out"
	@$(PLAY) playbooks/site.yml --check
	@$(PLAY) playbooks/site.yml
	@echo "==> 9/9 Where every library stands"
	@$(PLAY) playbooks/status.yml
	@$(LAB) forward demo

.PHONY: portal-vendor
portal-vendor: .cache/portal-vendor.stamp

.cache/portal-vendor.stamp: shulu/portal/package-lock.json shulu/portal/vendor.mjs
	@mkdir -p .cache/log
	@echo "==> The libraries of the portal's pages from npm (log: .cache/log/npm.log)"
	@npm --prefix shulu/portal run vendor >.cache/log/npm.log 2>&1 || { tail -n 20 .cache/log/npm.log; exit 1; }
	@touch $@

.PHONY: divisions
divisions: .cache/divisions/areas.json

.cache/divisions/areas.json: shulu/registry/package-lock.json
	@mkdir -p .cache/log
	@echo "==> The divisions by GB/T 2260 from npm (log: .cache/log/divisions.log)"
	@npm --prefix shulu/registry run divisions >.cache/log/divisions.log 2>&1 || { tail -n 20 .cache/log/divisions.log; exit 1; }
	@touch $@

.PHONY: axe
axe: .cache/axe/axe.min.js

.cache/axe/axe.min.js: tests/portal/axe/package-lock.json
	@mkdir -p .cache/log
	@echo "==> The checker of accessibility for the portal's tests from npm (log: .cache/log/axe.log)"
	@npm --prefix tests/portal/axe run axe >.cache/log/axe.log 2>&1 || { tail -n 20 .cache/log/axe.log; exit 1; }
	@touch $@

.PHONY: judges
judges: .cache/judges/OAI-PMH.xsd .cache/mirador/mirador.min.js

.cache/judges/OAI-PMH.xsd: tests/feeds/judges.txt tests/feeds/schema.txt | $(SETUP)
	@mkdir -p .cache/log
	@echo "==> Schemas and classes that judge the feeds, from PyPI (log: .cache/log/judges.log)"
	@{ rm -rf .cache/judges && $(BIN)/pip install --no-deps --require-hashes --target .cache/judges -r tests/feeds/judges.txt && \
	   $(BIN)/pip download --no-deps --require-hashes --no-binary pyoai --dest .cache/judges -r tests/feeds/schema.txt && \
	   tar -xzf .cache/judges/pyoai-*.tar.gz -C .cache/judges --strip-components 4 --wildcards '*/OAI-PMH.xsd'; } \
	   >.cache/log/judges.log 2>&1 || { tail -n 20 .cache/log/judges.log; exit 1; }
	@touch $@

.cache/mirador/mirador.min.js: tests/feeds/mirador.sha512
	@mkdir -p .cache/log $(@D)
	@echo "==> A viewer that judges the feeds, from npm (log: .cache/log/mirador.log)"
	@{ npm pack mirador@4.0.0 --pack-destination $(@D) && (cd $(@D) && sha512sum --check ../../$<) && \
	   tar -xzf $(@D)/mirador-4.0.0.tgz -C $(@D) --strip-components 2 package/dist/mirador.min.js; } \
	   >.cache/log/mirador.log 2>&1 || { tail -n 20 .cache/log/mirador.log; exit 1; }
	@touch $@

.PHONY: demo-down
demo-down: ## remove the demo: hosts, networks, disks, and what was built for it
	@[ ! -x $(BIN)/python ] || $(LAB) destroy demo
	@$(ROOT) rm -rf $(DEMO)

# What every scenario works with: the smallest content of all collections, the kit, a signed release.
.PHONY: test-content
test-content: export SHULU_WORK := $(TEST)
test-content: $(SETUP) portal-vendor
	@$(STEP) kit $(ROOT) $(BIN)/shulu kit build --out $(TEST)/kit
	@$(STEP) demo-sources $(ROOT) $(BIN)/python -m demo sources --out $(TEST)/sources --size tiny
	@$(STEP) pack $(PLAY) playbooks/pack.yml

.PHONY: test
test: $(SETUP) ## format, lint, types, unit tests, then every Molecule scenario
	@$(STEP) --begin
	@$(MAKE) --no-print-directory --keep-going lint types unit $(SCENARIOS:%=scenario-%); $(STEP) --summary

.PHONY: lint ruff-format ruff yamllint ansible-lint
lint: ruff-format ruff yamllint ansible-lint ## format and lint: ruff, yamllint, ansible-lint
ruff-format: $(SETUP)
	@$(STEP) $@ $(BIN)/ruff format --check .
ruff: $(SETUP)
	@$(STEP) $@ $(BIN)/ruff check .
yamllint: $(SETUP)
	@$(STEP) $@ $(BIN)/yamllint --strict .
ansible-lint: $(SETUP)
	@PATH="$(BIN):$$PATH" $(STEP) $@ $(BIN)/ansible-lint

.PHONY: types
types: $(SETUP) ## mypy, strict
	@$(STEP) $@ $(BIN)/mypy

.PHONY: unit
unit: $(SETUP) portal-vendor divisions axe judges ## unit and property tests
	@$(STEP) $@ $(ROOT) env PATH="$(BIN):$$PATH" $(BIN)/pytest

scenario-%: test-content ## one Molecule scenario, for instance scenario-network
	@$(STEP) $@ $(ROOT) env PATH="$(BIN):$$PATH" $(BIN)/molecule test -s $*

.PHONY: bench
bench: $(SETUP) ## measure against what an admin would use instead; some 40 minutes
	@$(ROOT) $(BIN)/python -m bench

.PHONY: clean
clean: demo-down ## remove what was built here, the labs included
	@$(ROOT) rm -rf .cache .venv
