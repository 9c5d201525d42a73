# Two commands do everything: `make html` and `make test`. Both make .venv when it is missing.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Some pages only: make html PAGES="book/convolution.md book/pooling.md"
PAGES ?=
# FRESH=1 runs pages anew, kept or not.
ifneq ($(FRESH),)
export PAGECHECK_FRESH := $(FRESH)
endif
PORT ?= 8000
# What Python has compiled is kept in .venv: else each process compiles torch and Sphinx again, which
# takes a third of a build where nothing has changed.
unexport PYTHONDONTWRITEBYTECODE
# Tests run side by side, each worker on one thread, so that they do not take time from each other.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n > 4 ? 4 : n)))
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) \
	--durations=15 --durations-min=5
# The first Python on the path that is new enough; name another with PYTHON=...
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

.DEFAULT_GOAL := help
.PHONY: help html pdf epub test test-faults lint check accept serve bench gpu-kit test-oldest constraints clean distclean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "cnnbook needs Python 3.11 or newer, found:" \
	"$$(python3 --version 2>&1 || echo none). Install one, or name it:" \
	"make html PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("cnnbook needs Python 3.11 or newer, but " + sys.executable + " is " + sys.version.split()[0] + "; name another: make html PYTHON=/path/to/python3.12")'
	@echo "Making $(VENV) with the pinned versions ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv || true
	@if test -x $(BIN)/uv; then \
	$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[book,take,test,dev]'; \
	else false; fi || { echo "Trying again with pip ..."; \
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[book,take,test,dev]'; }
	@touch $@

html: $(READY) ## Run every page, check every output, build the book in _build/html (PAGES=... some only)
ifeq ($(PAGES),)
	@$(BIN)/python -m pagecheck.build -W -q -c . -d _build/doctrees -b html book _build/html
	@echo "The book is ready: $(CURDIR)/_build/html/index.html"
else
	@PAGECHECK_PAGES="$(PAGES)" $(BIN)/python -m sphinx -q -c . -d _build/doctrees-some \
	-b html book _build/some
	@for page in $(PAGES); do \
	echo "Ready: $(CURDIR)/_build/some/$$(echo $$page | sed 's|^book/||; s|md$$|html|')"; done
endif

pdf: html ## The book as one PDF (needs Chromium; PAGES=... some only)
	@$(BIN)/python book/_extensions/as_pdf.py $(if $(PAGES),_build/some,_build/html) _build/cnnbook.pdf

epub: $(READY) ## The book as an EPUB, judged by epubcheck (needs Java; PAGES=... some only)
	@PAGECHECK_PAGES="$(PAGES)" $(BIN)/python -m sphinx -q -c . \
	-d _build/doctrees-epub$(if $(PAGES),-some) -b epub book _build/epub$(if $(PAGES),-some)
	@$(BIN)/python book/_extensions/as_epub.py _build/epub$(if $(PAGES),-some)/cnnbook.epub

test: $(READY) ## Run every test, the book's cells among them (PAGES=... the cells of some only)
ifeq ($(PAGES),)
	@$(PYTEST)
else
	@echo "testing the cells of $(PAGES) only; all other tests are left out"
	@$(PYTEST) -q $(PAGES)
endif

test-faults: $(READY) ## Plant all faults in the code of all pages; run all pages on other data
	@CNNBOOK_FAULTS=all $(PYTEST) -q tests/drift

lint: $(READY) ## Format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

check: lint ## The same and the fast tests: before every commit
	@$(PYTEST) -q -m "not slow" tests src

accept: $(READY) ## Show and accept what cells show now (REPEAT=5 measures bands, WIDEN=1 those too narrow)
	@$(BIN)/python -m cnnbook accept $(if $(REPEAT),--repeat $(REPEAT)) $(if $(WIDEN),--widen) $(PAGES)

serve: $(READY) ## Rebuild while you write, and show the book in a browser (PORT=8000)
	@$(BIN)/sphinx-autobuild --port $(PORT) --watch src --ignore '*/_build/*' --ignore '*/__pycache__/*' \
	-c . -d _build/doctrees -b html book _build/html

bench: $(READY) ## Measure training speed against the notes' own loop and Lightning (BENCH="--rounds 9")
	@$(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[bench]' \
	|| echo "Lightning cannot be installed; measuring without it"
	@$(BIN)/python -m tests.benchmarks.training_speed $(BENCH)

gpu-kit: $(READY) ## Pack tests and measurements for a GPU machine without a network
	@$(BIN)/python -m tests.gpu.kit.make _build/gpu-kit.tar

test-oldest: ## Run the tests with the oldest versions that pyproject.toml allows
	@test -x .venv-oldest/bin/python || $(PYTHON) -m venv .venv-oldest
	@.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check uv
	@.venv-oldest/bin/uv pip install --quiet --python .venv-oldest/bin/python \
	--resolution lowest-direct -e '.[book,take,test]'
	@.venv-oldest/bin/python -m pytest

constraints: $(READY) ## Pin the newest versions that fit together
	@$(BIN)/uv pip compile --quiet --upgrade pyproject.toml --all-extras --universal \
	--python-version 3.11 --no-header -o constraints.txt

clean: ## Remove what was built (not the data, not the environment)
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis

distclean: clean ## Remove the environments as well
	rm -rf .venv .venv-oldest
