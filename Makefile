# Each target is one script in bin/. PYTHON names the interpreter that makes .venv.
PYTHON ?= python3
export PYTHON

.PHONY: run test bench bench-peers lint soak
.SILENT:

run:
	exec bin/run --with-parent

test:
	exec bin/test

bench:
	exec bin/bench

bench-peers:
	exec bin/bench-peers

lint:
	exec bin/lint

soak:
	exec bin/soak
