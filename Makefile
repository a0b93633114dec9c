# TicketRemaster: `make` lists the commands. Logic of more than a few lines is in bin/.

PYTHON := .local/venv/bin/python
# T narrows the tests to a path, N names a process, A are arguments, STACK is local
# or docker.
export STACK

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- getting ready ------------------------------------------------------------------

.PHONY: setup
setup: ## everything that is needed, into .local/venv
	@bin/setup

.PHONY: lock
lock: setup ## requirements/*.in to pinned versions with hashes
	bin/lock

.PHONY: proto
proto: setup ## the gRPC stubs, out of inventory.proto
	bin/proto

.PHONY: openapi
openapi: setup ## the description of the public API, out of schemas and kong.yml
	bin/openapi

# --- running ------------------------------------------------------------------------

.PHONY: up
up: ## start the stack, with demo data, and wait until it is ready
	@bin/stack up

.PHONY: down
down: ## stop the stack; its data stays
	@bin/stack down

.PHONY: ps
ps: ## what every process is doing
	@bin/stack ps

.PHONY: logs
logs: ## the last lines of every process, or of N=name
	@bin/stack logs $(N)

.PHONY: reconcile
reconcile: ## judge every invariant of the running stack; ARGS="--full --json"
	@bin/reconcile $(ARGS)

.PHONY: bench
bench: setup ## figures of this machine, and the floor beside them; A=--quick for a minute
	@$(PYTHON) -m ticket_bench $(A)

.PHONY: demo
demo: ## start the stack and walk through the scenarios
	@bin/demo

# --- checking -----------------------------------------------------------------------

.PHONY: test
test: static ## everything: lint, types, every test
	@bin/test

.PHONY: check
check: static unit ## what must pass before a commit

.PHONY: static
static: format-check lint types imports proto-check

.PHONY: format
format: setup ## put the code into its form
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix-only --quiet .

.PHONY: format-check
format-check: setup
	$(PYTHON) -m ruff format --check --quiet .

.PHONY: lint
lint: setup ## ruff
	$(PYTHON) -m ruff check .

.PHONY: types
types: setup ## mypy
	$(PYTHON) -m mypy .

.PHONY: imports
imports: setup ## which room may import which
	.local/venv/bin/lint-imports

.PHONY: proto-check
proto-check: setup ## the gRPC stubs are what inventory.proto says
	bin/proto --check

.PHONY: unit
unit: setup ## tests without I/O
	$(PYTHON) -m pytest $(or $(T),tests/unit)

.PHONY: integration
integration: setup ## one service against a real PostgreSQL and RabbitMQ
	$(PYTHON) -m pytest $(or $(T),tests/integration)

.PHONY: contract
contract: setup ## what a service promises is what its caller expects
	$(PYTHON) -m pytest $(or $(T),tests/contract)

.PHONY: e2e
e2e: setup ## the scenarios, over the gateway
	$(PYTHON) -m pytest $(or $(T),tests/e2e)

.PHONY: faults
faults: setup ## processes die at the worst moment
	$(PYTHON) -m pytest $(or $(T),tests/faults)

.PHONY: chaos
chaos: setup ## everything goes wrong for MINUTES=10, with dice of SEED; a report with a picture
	@PYTHONPATH=tests $(PYTHON) -m chaos --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

.PHONY: test-docker
test-docker: setup ## the containers: work, are killed, reload; needs a Docker engine
	$(PYTHON) -m pytest $(or $(T),tests/docker)

.PHONY: audit
audit: setup ## known weaknesses of the pinned dependencies; asks a service outside
	@bin/audit

.PHONY: mutants
mutants: setup ## faults in a copy of the tree: each must turn a test red
	@bin/mutants
