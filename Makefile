# Two doors for a newcomer: `make demo` and `make test`. The rest is for developers.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: demo test check bench torture setup setup-dev chromium clean

.venv/run: requirements.lock pyproject.toml
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { \
	  rm -rf .venv; echo "python3-venv is missing; trying to install it"; \
	  apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null && $(PYTHON) -m venv .venv; }
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.lock .venv/run
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

setup: .venv/run
setup-dev: .venv/dev

# A drill on this machine: database, web, engine and an example bank. Ctrl-C stops it all.
demo: setup
	@exec $(BIN)/fenghuo demo $(ARGS)

# Chromium is wanted by the browser tests; without it they are skipped, in CI they fail.
chromium:
	@command -v chromium >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  else echo "no chromium: browser tests will be skipped (install the package 'chromium')"; fi; }

# Two at a time, a file's tests one after the other; `ARGS="-n 0 FILE"` for one process.
test: setup-dev chromium
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

# The long proofs: concurrency, crashes, many examples.
torture: setup-dev
	$(BIN)/pytest -m torture --timeout 3600 $(ARGS)

check: setup-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: setup-dev
	$(BIN)/python -m bench $(ARGS)

clean:
	rm -rf .venv var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
