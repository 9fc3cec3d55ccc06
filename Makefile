# make app | make test | make test-all | make bench | make train | make train-two | make evaluate
# Everything lives in .venv; a target installs what it needs and does nothing when that is done.
PYTHON  ?= python3
VENV    ?= .venv
DATA    ?= ../shared/data
MODEL   ?= translator
OUT     ?= runs/$(MODEL)
USERS   ?= 30
SECONDS ?= 60
N       ?= 2
REPLICAS ?= 1
MINUTES ?= 120
TWO     ?= translator korean
ARGS    ?=
# Processes that test at once, each with models, a server and a Chromium of its own. A worker starts on its
# half of the files, in order, and takes tests from the other's end when it has none left.
WORKERS ?= 2

BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
OTHERS := $(VENV)/.others-installed
TOOLS := $(VENV)/.tools-installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# One thread a process for NumPy too: readers, and tests, run side by side and would wait for each other's threads.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help app model test test-all lint tools wheel bench load replicas train train-two evaluate clean

help:
	@echo 'make app                      serve the app (STREAMLIT_* variables hold: port, address, ...)'
	@echo 'make model MODEL=minilm       fetch a model of others into models/: minilm, smollm2, owner/name of the hub'
	@echo 'make test                     lint, types and every test; gets Chromium by apt when root; WORKERS=2'
	@echo 'make test-all                 the same, and every page in every language and theme'
	@echo 'make wheel                    a package in dist/ with pages and weights in it'
	@echo 'make replicas N=2             several servers behind nginx on this machine (http://localhost:8500)'
	@echo 'make load USERS=100 SECONDS=60   a class at once, beside an empty script; PAGES=,heads,steps REPLICAS=2'
	@echo 'make bench                    what a trace costs, and what the pages send'
	@echo 'make train MODEL=name DATA=folder   train a model; OUT=folder, MINUTES=minutes, ARGS=options; resumes'
	@echo 'make train-two TWO="translator korean"   the same for two models side by side, one core each'
	@echo 'make evaluate DATA=folder     score all shipped weights; MODEL=name: of one; ARGS=options'

# No port or address here: an option on the command line would win over STREAMLIT_SERVER_PORT.
app: $(RUNTIME)
	$(BIN)/streamlit run app.py

model: $(OTHERS)
	$(BIN)/python -m attnviz.hf.fetch $(if $(filter command,$(firstword $(origin MODEL))),'$(MODEL)')

test: lint
	./scripts/chromium
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-all: lint
	./scripts/chromium
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m 'full or not full'

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/oxlint
	$(BIN)/oxfmt --check "**/*.js"
	$(BIN)/mypy

tools: $(TOOLS)

wheel: $(TOOLS)
	$(BIN)/python -m pip wheel . --no-deps --no-build-isolation --wheel-dir dist

bench: $(TOOLS)
	$(BIN)/python -m benchmarks.bench

# jinja2 and the app are all that it needs of Python.
replicas: $(TOOLS)
	$(BIN)/python -m scripts.replicas --count $(N)

load: $(TOOLS)
	$(BIN)/python -m benchmarks.load --users $(USERS) --seconds $(SECONDS) $(if $(PAGES),--pages '$(PAGES)') --replicas $(REPLICAS)

# Memory is kept rather than given back and asked for again: a fifth less time. One thread a run: two runs
# side by side read more than one run on both cores.
TRAINING := MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 OMP_WAIT_POLICY=passive
train: $(TOOLS)
	$(TRAINING) $(BIN)/python -m training.train --model '$(MODEL)' --data '$(DATA)' --out '$(OUT)' --minutes $(MINUTES) $(ARGS)

train-two: $(TOOLS)
	@trap 'kill 0' INT TERM; for name in $(TWO); do \
		$(MAKE) --no-print-directory train MODEL=$$name OUT=runs/$$name ARGS='--threads 1 $(ARGS)' & done; wait

# All models of the table (attnviz/trace/models.py), or the one that the command line names.
TRAINED = $$($(BIN)/python -c 'from attnviz.trace.models import trained_here; print(*trained_here())')
evaluate: $(TOOLS)
	for name in $(if $(filter command,$(firstword $(origin MODEL))),$(MODEL),$(TRAINED)); do \
		$(BIN)/python -m training.evaluate --weights weights/$$name --data '$(DATA)' $(ARGS) || exit 1; \
	done

$(RUNTIME): requirements.txt constraints.txt
	./scripts/venv '$(PYTHON)' '$(VENV)'
	$(BIN)/python -m pip install -r requirements.txt -c constraints.txt
	@touch $@

$(OTHERS): $(RUNTIME) requirements-hf.txt
	$(BIN)/python -m pip install -r requirements-hf.txt -c constraints.txt
	@touch $@

$(TOOLS): $(OTHERS) requirements-dev.txt
	$(BIN)/python -m pip install -r requirements-dev.txt -c constraints.txt
	@touch $@

clean:
	rm -rf '$(VENV)' .mypy_cache .pytest_cache .ruff_cache .hypothesis
