# Every command of the project; `make` alone prints them.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# Dozens of processes start in a check and in a demo: without kept bytecode each compiles every module anew, 3 s of 5.
unexport PYTHONDONTWRITEBYTECODE

UV_VERSION := 0.13.8
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.synced
SERVICES := registry projects matching
WORKERS ?= 2
PORT ?= 8000
DATA ?= .data

.PHONY: help
help: ## print this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

.PHONY: setup
setup: $(STAMP) ## make .venv and install exactly what requirements.lock says

# uv itself is not in the lock file, so sync removes it and the next line puts it back.
$(STAMP): requirements.lock Makefile
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	UV_TOOL=$$(mktemp -d); trap 'rm -rf "$$UV_TOOL"' EXIT; cp $(BIN)/uv "$$UV_TOOL/uv"; \
	  VIRTUAL_ENV=.venv "$$UV_TOOL/uv" pip sync --quiet --require-hashes requirements.lock; \
	  cp "$$UV_TOOL/uv" $(BIN)/uv
	touch $@

STATIC := lint types imports secrets licences
.PHONY: check
check: setup ## everything that must pass before a change lands (what .ci/run calls)
	$(MAKE) --jobs=$(WORKERS) --output-sync=target $(STATIC)
	$(MAKE) test

.PHONY: lint
lint: setup ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: setup ## format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: setup ## check the types
	$(BIN)/mypy

.PHONY: imports
imports: setup ## check who may import whom
	$(BIN)/lint-imports --cache-dir .import_linter_cache

.PHONY: secrets
secrets: setup ## look for secrets in the files that git keeps; a line that only looks like one says so in a comment
	git ls-files -z -- ':!*.lock' ':!*/openapi.json' ':!*/data/*' | xargs -0 $(BIN)/detect-secrets-hook

.PHONY: licences
licences: setup ## list the licences of all dependencies; one that pyproject.toml does not allow fails
	$(BIN)/pip-licenses --summary --order count

.PHONY: audit
audit: setup ## ask for known vulnerabilities of the locked dependencies, and write sbom.json (needs the internet)
	$(BIN)/cyclonedx-py requirements deploy/requirements.lock --pyproject pyproject.toml --output-file sbom.json
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off \
	  -r requirements.lock -r deploy/requirements.lock

# slipcover marks the branches of what pytest rewrites, and schemathesis' plugin does not bear it: name the plugins.
PLUGINS := -p xdist -p pytest_asyncio.plugin -p _hypothesis_pytestplugin -p slipcover.pytest_plugin

# Where npm is not, or cannot reach its packages, the tests that need them are skipped.
PARTNER := tests/partner/node_modules/.package-lock.json
$(PARTNER): tests/partner/package-lock.json
	@command -v npm > /dev/null && npm ci --prefix tests/partner --ignore-scripts --no-audit --no-fund --silent \
	  --fetch-retries=0 --fetch-timeout=20000 \
	  || echo "没有 npm 包,相关测试将跳过 · without the npm packages the tests that need them are skipped" >&2

.PHONY: test
test: setup $(PARTNER) ## run every test with branch coverage (ARGS= for pytest, WORKERS= processes)
	PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 $(BIN)/slipcover --json --out .coverage.json \
	  -m pytest $(PLUGINS) -n $(WORKERS) --dist loadgroup $(ARGS)
	$(BIN)/slipcover --merge .coverage.json --out .coverage.json --fail-under 95
	$(BIN)/python -m tests.coverage_floors .coverage.json

.PHONY: matrix
matrix: setup ## ask every route as every role from every scope; fail at any surprise (JSON=file for the numbers)
	$(BIN)/python -m tests.matrix $(if $(JSON),--json $(JSON))

.PHONY: faults
faults: setup ## kill real processes for some minutes, and send wild requests to every operation
	FAULTS=1 $(BIN)/pytest tests/faults tests/e2e/test_api_by_schemathesis.py tests/shared/audit/test_chain.py \
	  tests/shared/auth/test_bad_tokens.py $(ARGS)

.PHONY: lock
lock: setup ## write requirements.lock and deploy/requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --quiet --all-extras --generate-hashes --universal --python-version 3.11 \
	  --no-header --no-emit-index-url --no-emit-find-links --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --quiet --constraints requirements.lock --generate-hashes --universal \
	  --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  --output-file deploy/requirements.lock

# These five work on the databases that the environment names; with DATA= on those of the all-in-one platform there.
WITHIN := $(if $(filter-out file,$(origin DATA)),$(BIN)/python -m services.standalone --data $(DATA) run --)
.PHONY: migrate
migrate: setup ## bring the databases of the environment, or of DATA=, to the newest schema (SERVICES=)
	$(WITHIN) bash -euc 'for service in $(SERVICES); do $(BIN)/python -m services.$$service migrate; done'

.PHONY: rotate-keys
rotate-keys: setup ## let the next key sign access tokens (LEAKED=1: replace every key at once, all tokens end; DATA=)
	$(WITHIN) $(BIN)/python -m services.registry rotate-keys $(if $(LEAKED),--leaked)

# Each service is checked, also where the log of another one is broken.
.PHONY: audit-verify
audit-verify: setup ## check the audit logs of the environment's databases, or of DATA= (HEADS=file kept outside)
	$(WITHIN) bash -uc 'broken=0; for service in $(SERVICES); do $(BIN)/python -m services.$$service audit-verify \
	  $(if $(HEADS),--heads $(HEADS)) || broken=1; done; exit $$broken'

.PHONY: audit-trim
audit-trim: setup ## delete audit entries older than XIANGQIAO_AUDIT_DAYS, as the owner roles (DATA=)
	$(WITHIN) bash -euc 'for service in $(SERVICES); do $(BIN)/python -m services.$$service audit-trim; done'

.PHONY: rotate-data-key
rotate-data-key: setup ## seal what the databases keep secret with the first of XIANGQIAO_DATA_KEYS (SERVICES=, DATA=)
	$(WITHIN) bash -euc 'for service in $(SERVICES); do $(BIN)/python -m services.$$service reseal; done'

.PHONY: openapi
openapi: docs ## write services/*/openapi.json, and with them the pages of docs/

.PHONY: docs
docs: setup ## write what is made from the code: problems, events, settings, authorization, services/*/openapi.json
	$(BIN)/python -m deploy.write_docs

.PHONY: evaluate
evaluate: setup ## judge the matching on a file of judged cases (CASES=file, POLICY=file, JSON=file for the figures)
	@test -n "$(CASES)" || { echo "请指定评判案例文件 · name the file of judged cases:" \
	  "make evaluate CASES=tests/data/sample/dev_matching.json" >&2; exit 2; }
	$(BIN)/python -m services.matching.evaluation $(if $(CASES),$(CASES)) $(if $(POLICY),--policy $(POLICY)) \
	  $(if $(JSON),--json $(JSON))

.PHONY: bench-matching
bench-matching: setup ## measure matching against its bars, and its peers in the same run (SIZE=100000, JSON=file)
	$(BIN)/python -m bench.matching $(if $(SIZE),--size $(SIZE)) $(if $(JSON),--json $(JSON))

.PHONY: demo
demo: setup ## start the platform and run the main job on the sample (PORT=, DATA=, ONCE=1 to end after it)
	$(BIN)/python -m deploy.demo --port $(PORT) --data $(DATA) $(if $(ONCE),--once)

.PHONY: up
up: setup ## start the platform with embedded PostgreSQL on one port (PORT=, DATA=)
	$(BIN)/python -m services.standalone --port $(PORT) --data $(DATA)

.PHONY: compose-env
compose-env: setup ## write deploy/.env and deploy/bootstrap.json with fresh secrets, unless they are there
	$(BIN)/python -m deploy.write_env

.PHONY: compose-test
compose-test: setup ## build the containers and play the story through the gateway (needs Docker with Compose)
	$(BIN)/python -m deploy.compose_test

.PHONY: clean-data
clean-data: setup ## delete what the platform keeps in .data, unless it runs (DATA=)
	$(BIN)/python -m services.standalone clean --data $(DATA)
