# Sportello's commands: `make` lists them. Each does its own set-up, and nothing twice.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3.10 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 12))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' requirements.lock)
# multidict has no wheel for Python 3.11; where no compiler is installed it is built without its C part.
export MULTIDICT_NO_EXTENSIONS := $(if $(shell command -v cc || command -v gcc),,1)

.PHONY: help setup widget run train chat test check format bench-nlu bench-web bench-slack bench-office lock clean

help:  ## List these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | while IFS=$$'\t' read -r name text; do \
		printf '  make %-11s %s\n' "$$name" "$$text"; done

setup: $(VENV)/.installed  ## Make .venv and install what the lock names (the others do this by themselves)

$(VENV)/.installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Sportello needs Python 3.10 or 3.11 with its venv module: install it, or name it with 'make PYTHON=/path/to/python3.11'."; exit 2; }
	@test -x $(BIN)/python || { echo "Making $(VENV) with $(PYTHON)"; $(PYTHON) -m venv $(VENV); }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@echo "Installing (a few minutes the first time)"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# The chat window is written in TypeScript; without npm everything else works all the same.
WIDGET := var/widget/sportello.js
NPM := $(if $(shell command -v npm),npm --prefix widget --no-fund --no-audit --loglevel=error)

widget: $(if $(NPM),$(WIDGET))  ## Build the chat window for the website (the others do this by themselves)
	@$(if $(NPM),:,echo "The chat window was not built: it needs Node.js 20 or later with npm. Everything else works.")

widget/node_modules/.installed: widget/package-lock.json
	@echo "Installing what the chat window is built with"
	@$(NPM) ci >/dev/null
	@touch $@

$(WIDGET): widget/node_modules/.installed widget/build.mjs $(wildcard widget/src/* widget/src/office/*)
	@$(NPM) run --silent build >/dev/null

run: setup widget  ## Start Sportello (trains and makes the database first if needed); Ctrl-C stops it
	@$(BIN)/sportello up

chat: setup  ## Talk to the assistant in the terminal
	@$(BIN)/sportello chat

train: setup  ## Train the model
	@$(BIN)/sportello train

# What takes longest begins first, or one process would be left alone with it at the end.
SLOW := tests/website tests/dialogues tests/bot tests/browser
SLOW_FIRST := $(SLOW) $(filter-out $(SLOW) tests/__pycache__ tests/evaluation,$(patsubst %/,%,$(wildcard tests/*/)))

test: setup widget  ## Run all tests
	@$(if $(NPM),$(NPM) test --silent,echo "The tests of the chat window are skipped: there is no npm.")
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(SLOW_FIRST)

check: setup $(if $(NPM),widget/node_modules/.installed)  ## Check style, types, the order of imports and the data files
	@$(if $(NPM),$(NPM) run --silent check,:)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@found=$$($(BIN)/lint-imports 2>&1) || { echo "$$found"; exit 1; }
	@$(BIN)/python -m bot.data_check $(wildcard ../shared/evaluation/utterances_dev.jsonl)

format: setup  ## Format the code
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

bench-nlu: setup  ## Measure beside Rasa's own pipeline, nlp.js, Duckling, dateparser: half an hour
	@$(BIN)/python -m bench --sample $(or $(SAMPLE),21) $(LABELLED:%=--labelled %)

bench-web: setup  ## Load the website's channel: 200 streams, 10 messages a second for two minutes
	@$(BIN)/python -m bench.web $(SECONDS:%=--seconds %)

bench-slack: setup  ## Measure how soon Slack is told that an event came, while every turn takes 5 s
	@$(BIN)/python -m bench.slack_acks

bench-office: setup  ## Measure the back office's pages with 100,000 requests on PostgreSQL: some minutes
	@$(BIN)/python -m bench.office $(REQUESTS:%=--requests %)

lock: setup  ## Choose the newest allowed versions anew and write requirements.lock
	@$(BIN)/uv pip compile --quiet pyproject.toml --extra dev --universal --python-version 3.10 \
		--generate-hashes --no-annotate --no-header --upgrade --output-file requirements.lock

clean:  ## Remove what was made: environment, models, database, logs
	rm -rf $(VENV) var widget/node_modules .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info
