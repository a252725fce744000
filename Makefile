# From a fresh clone with Python 3.11 (or later) and make alone:  make demo  ·  make test
# The recipes below are the whole set-up. Stamp files in .venv/ say what is installed already.

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# make demo ARGS=--json
ARGS ?=
# make test PYTEST_ARGS="-k inbox"
PYTEST_ARGS ?=
# make chaos SEED=2
SEED ?= 1
# make lock UPGRADE=--upgrade
UPGRADE ?=

# python3.11 where there is one, else the first Python that is new enough and really starts.
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; exit; }; done)

# Processes that tests start would compile everything anew, and a second run every test.
unexport PYTHONDONTWRITEBYTECODE

.NOTPARALLEL:
.PHONY: help install demo dev test chaos lint browser format audit lock clean

help: ## What can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.run ## The main job on real input, on a private instance, with its reasons
	$(BIN)/leadworkflows demo $(ARGS)

dev: $(VENV)/.run ## Everything in one process on an embedded Temporal server
	$(BIN)/leadworkflows dev $(ARGS)

test: lint browser ## Lint, types and every test
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

chaos: $(VENV)/.dev ## Ten minutes of kill -9 on PostgreSQL; report in build/chaos (SEED=1)
	timeout --signal=INT 600 $(BIN)/python -m tests.chaos --seed $(SEED)

lint: $(VENV)/.dev ## ruff and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

browser: ## Debian's Chromium, in which the pages are tried, where there is none
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do \
	   command -v $$name >/dev/null && exit 0; done; \
	 if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	   echo "Installing Chromium, in which the pages are tried"; \
	   apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	 else echo "There is no Chromium to try the pages in: sudo apt-get install chromium"; exit 1; fi

format: $(VENV)/.dev ## Let ruff format and mend what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

install: $(VENV)/.dev ## Everything a contributor needs, in .venv

audit: $(VENV)/.dev ## Ask PyPI for known weaknesses of what the locks pin (needs the network)
	@for lock in requirements/dev.lock requirements/uv.lock; do \
	   $(BIN)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r $$lock || exit 1; done

lock: $(VENV)/.uv ## Pin every dependency by hash (UPGRADE=--upgrade takes the newest)
	$(BIN)/$(COMPILE) requirements/uv.in -o requirements/uv.lock
	$(BIN)/$(COMPILE) --extra embedded pyproject.toml requirements/build.in -o requirements/run.lock
	$(BIN)/$(COMPILE) --all-extras pyproject.toml requirements/build.in -c requirements/run.lock \
		-o requirements/dev.lock
	$(BIN)/$(COMPILE) --extra postgres --extra tracing pyproject.toml -c requirements/dev.lock \
		-o requirements/image.lock
	$(BIN)/$(COMPILE) requirements/wheel.in -c requirements/run.lock -o requirements/wheel.lock
	@! grep -n '://' requirements/*.lock

clean: ## Remove the environment and what tools left behind
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

COMPILE := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-header $(UPGRADE)

# Compiled once here, every command starts in half the time, also where Python may not write caches.
# With uv the environment stands after 20 s, with pip alone after 40. Where uv cannot reach the index
# (it does not read pip's configuration), pip does the same, later.
define install_locked
	@echo "Installing $(1) into $(VENV)"
	@{ $(BIN)/uv pip install -q --python $(BIN)/python --compile-bytecode --require-hashes -r $(1) && \
	   $(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e . ; } || \
	 { echo "uv could not, so pip does it: this takes a minute"; \
	   $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1) && \
	   $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . ; }
	@$(BIN)/python -m compileall -q src
endef

$(VENV)/.run: $(VENV)/.uv requirements/run.lock pyproject.toml
	$(call install_locked,requirements/run.lock)
	@touch $@

# dev.lock holds everything that run.lock holds, so the second stamp is true too.
$(VENV)/.dev: $(VENV)/.uv requirements/dev.lock requirements/run.lock pyproject.toml
	$(call install_locked,requirements/dev.lock)
	@touch $(VENV)/.run $@

$(VENV)/.uv: requirements/uv.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found on the PATH."; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make an environment (Debian: apt install python3-venv)."; exit 2; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.lock || \
		echo "uv could not be installed: pip goes on alone"
	@touch $@
