# Everyday commands. Each does its own set-up; nothing else needs to be typed first.
.PHONY: run test check bench compiled test-compiled bench-compiled docs lock setup peers bench-peers fuzz soak

# Tests start `pbx` hundreds of times: without its byte code at hand each start takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
STAMP := $(VENV)/.installed

# Where the demo lives and what it listens on.
DIR ?= var/demo
STATE ?= var/state

# One more than there are processors, for tests of whole nodes mostly wait. Not many more: what waits
# for an answer has only so much patience.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -lt 5 ] && echo $$((n + 1)) || echo 6)

run: $(STAMP)
	@test -e $(DIR) || $(VENV)/bin/pbx init $(DIR) >/dev/null
	@$(VENV)/bin/pbx run $(DIR) --state $(STATE) --welcome

test: $(STAMP) peers
	@$(VENV)/bin/pytest -n $(WORKERS) $(ARGS)

check: $(STAMP)
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/python docs/generate.py --check
	@$(VENV)/bin/python docs/error_pages.py --check

bench: $(STAMP) peers bench-peers
	@$(VENV)/bin/python -m bench $(ARGS)

# The wheel with the busiest part of the SIP engine compiled by mypyc; needs a C compiler. The
# engine's tests and the benchmarks run on what is in it, beside the uncompiled tree.
compiled: $(STAMP)
	@rm -rf build
	@DIALTREE_COMPILE=1 $(VENV)/bin/uv build --quiet --wheel --out-dir build/wheel
	@$(VENV)/bin/python -m zipfile -e build/wheel/*.whl build/unpacked

test-compiled: compiled peers
	@cd build/unpacked && PYTHONPATH=. ../../$(VENV)/bin/python -m pytest ../../tests/engine/sip $(ARGS)

bench-compiled: compiled peers bench-peers
	@cd build/unpacked && PYTHONPATH=.:../.. ../../$(VENV)/bin/python -m bench $(ARGS)

# Mutated messages for minutes (TIME is seconds for each of the tests), and a million transactions.
TIME ?= 60
fuzz: $(STAMP)
	@FUZZ_SECONDS=$(TIME) $(VENV)/bin/pytest tests/engine/sip/test_fuzz.py --timeout 0 $(ARGS)

soak: $(STAMP)
	@$(VENV)/bin/python -m bench soak

# The reference pages are generated; `make check` fails when they are behind.
docs: $(STAMP)
	@$(VENV)/bin/python docs/generate.py
	@$(VENV)/bin/python docs/error_pages.py

# Take newer versions of the libraries into the lock file.
lock: $(STAMP)
	@$(VENV)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --group dev --output-file requirements.lock pyproject.toml

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml .ci/venv
	@.ci/venv $(PYTHON) $(VENV)
	@touch $@

# The real programs that tests and benchmarks talk to.
peers:
	@.ci/peers

bench-peers: peers
	@.ci/bench-peers
