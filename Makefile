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
WORDS   ?= 0
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
# Each run of a page is a thread, and what one gave back in an arena of its own, another could not use.
export MALLOC_ARENA_MAX ?= 2

.PHONY: help app model test test-all lint style types pytest tools wheel pictures bench rivals load replicas train train-two evaluate clean

help:
	@echo 'make app                      serve the app (STREAMLIT_* variables hold: port, address, ...)'
	@echo 'make model MODEL=minilm       fetch a model of others into models/: minilm, smollm2, owner/name of the hub'
	@echo 'make test                     lint, types and every test; gets Chromium and Valkey by apt when root; WORKERS=2'
	@echo 'make test-all                 the same, and every page in every language and theme'
	@echo 'make wheel                    a package in dist/ with pages and weights in it'
	@echo 'make replicas N=2             several servers behind nginx, and Valkey for classes, on this machine (http://localhost:8500)'
	@echo 'make load USERS=100 SECONDS=60   a class at once, beside an empty script; PAGES=,heads,steps REPLICAS=2 WORDS=110'
	@echo 'make load CLASS=100 REPLICAS=2   a class that follows, votes and asks; FAILS=replica,store: what is killed in it'
	@echo 'make pictures                 the pictures of the course map anew, after a page looks otherwise'
	@echo 'make bench                    what a trace costs, and what the pages send'
	@echo 'make rivals                   our pages beside those of BertViz and CircuitsVis; needs npm'
	@echo 'make train MODEL=name DATA=folder   train a model; OUT=folder, MINUTES=minutes, ARGS=options; resumes'
	@echo 'make train-two TWO="translator korean"   the same for two models side by side, one core each'
	@echo 'make evaluate DATA=folder     score all shipped weights; MODEL=name: of one; ARGS=options'

# No port or address here: an option on the command line would win over STREAMLIT_SERVER_PORT.
app: $(RUNTIME)
	$(BIN)/streamlit run app.py

model: $(OTHERS)
	$(BIN)/python -m attnviz.hf.fetch $(if $(filter command,$(firstword $(origin MODEL))),'$(MODEL)')

test: style
	./scripts/chromium
	./scripts/valkey
	@$(MAKE) --no-print-directory -j2 types pytest

test-all: style
	./scripts/chromium
	./scripts/valkey
	@$(MAKE) --no-print-directory -j2 types pytest MARKS="-m 'full or not full'"

lint: style types

style: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/oxlint
	$(BIN)/oxfmt --check "**/*.js"

# A minute without its cache, on one core: beside the tests, whose workers wait for servers and browsers meanwhile.
types: $(TOOLS)
	$(BIN)/mypy

pytest: $(TOOLS)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(MARKS)

tools: $(TOOLS)

wheel: $(TOOLS)
	$(BIN)/python -m pip wheel . --no-deps --no-build-isolation --wheel-dir dist

pictures: $(TOOLS)
	./scripts/chromium
	$(BIN)/python scripts/thumbnails.py

bench: $(TOOLS)
	$(BIN)/python -m benchmarks.bench

# Beside .venv, not in it: the packages of others, and the scripts that BertViz's pages ask of a network (npm).
RIVALS := .rivals
VIEWS  := bertviz==1.4.1 circuitsvis==1.43.3
NEEDED := importlib-metadata==10.2.0 ipython==9.18.1
rivals: $(RIVALS)/.installed
	$(BIN)/python -m benchmarks.rivals --packages $(RIVALS)

$(RIVALS)/.installed: $(TOOLS)
	$(BIN)/python -m pip install --quiet --target $(RIVALS) --upgrade --no-deps $(VIEWS)
	$(BIN)/python -m pip install --quiet --target $(RIVALS) --upgrade $(NEEDED)
	npm install --silent --no-audit --no-fund --prefix $(RIVALS) d3@5.7.0 jquery@2.1.4 requirejs@2.3.6
	@touch $@

# jinja2 and the app are all that it needs of Python.
replicas: $(TOOLS)
	$(BIN)/python -m scripts.replicas --count $(N)

load: $(TOOLS)
ifdef CLASS
	$(BIN)/python -m benchmarks.lesson --students $(CLASS) $(if $(PAGES),--pages '$(PAGES)') --replicas $(REPLICAS) --fails '$(FAILS)'
else
	$(BIN)/python -m benchmarks.load --users $(USERS) --seconds $(SECONDS) $(if $(PAGES),--pages '$(PAGES)') --words $(WORDS) --replicas $(REPLICAS)
endif

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
