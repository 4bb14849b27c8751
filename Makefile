# Everything here can be repeated: what is already in place is left alone.
# Another Python than python3: make run PYTHON=python3.12

PYTHON ?= python3
MODEL ?= qwen2.5-coder-1.5b
# Several modules of tests at once, in the order of their names, so that those that take minutes do not begin last.
AT_ONCE = --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check bench model chromium pictures clean

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*  ## /  make \1\t/p' Makefile

run: .venv/.installed model  ## install, fetch the local model, index the samples in seeds/ and open the chat
	.venv/bin/footnote chat seeds

test: .venv/.installed-dev chromium model  ## install with the developers' tools and run every test
	.venv/bin/pytest $(AT_ONCE) --durations=20

check: .venv/.installed-dev  ## lint, formatting and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: .venv/.installed-bench  ## measure speed; of retrieval too with SETS="FOLDER...", each with docs/ and questions.jsonl
	.venv/bin/python tests/benchmarks/start.py 3
	.venv/bin/python tests/benchmarks/embedding_speed.py 100 1
	.venv/bin/python tests/benchmarks/sync_speed.py 2000
	test -z "$(SETS)" || .venv/bin/python tests/benchmarks/retrieval_scale.py $(SETS) --sizes 1000 10000
	test -z "$(SETS)" || .venv/bin/python tests/benchmarks/time_spent.py $(firstword $(SETS))

model: .venv/.installed  ## fetch the local language model (1.1 GB, once)
	@.venv/bin/footnote models pull $(MODEL) || \
	    echo "footnote: going on without the local model: answers will be quotes. Try again with: make model" >&2

chromium:  ## make sure that the browser tests have a browser
	@.ci/chromium

pictures: .venv/.installed-dev chromium model  ## make the README's picture anew, and others in screenshots/
	.venv/bin/python tests/take_screenshots.py

clean:  ## remove the virtual environment and the tools' caches; documents, indexes and models stay
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

# Installed again only when what it was installed from has changed.
.venv/.installed: pyproject.toml constraints.txt
	@.ci/venv $(PYTHON)
	.venv/bin/python -m pip install -c constraints.txt -e .
	@touch $@

.venv/.installed-dev: pyproject.toml constraints.txt
	@.ci/venv $(PYTHON)
	.venv/bin/python -m pip install -c constraints.txt -e '.[dev]'
	@touch .venv/.installed $@

.venv/.installed-bench: pyproject.toml constraints.txt
	@.ci/venv $(PYTHON)
	.venv/bin/python -m pip install -c constraints.txt -e '.[bench]'
	@touch .venv/.installed $@
