# Every target does its own set-up. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

DEV := .venv
LOCAL := .venv-local
CHECKOV := .venv-checkov

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(LOCAL)/.ready package ## Sign a user up in a local AWS and show the record (no account needed)
	@$(LOCAL)/bin/python -m scripts.local.demo

.PHONY: local
local: $(LOCAL)/.ready package ## Run the local AWS with the stack in it until Ctrl-C: make local PORT=4566
	@$(LOCAL)/bin/python -m scripts.local.serve $(if $(PORT),--port "$(PORT)")

.PHONY: test
test: $(DEV)/.ready $(LOCAL)/.ready package ## Run all tests (no account needed)
	@$(DEV)/bin/python -m pytest --cov --cov-report=term --ignore tests/e2e

.PHONY: check
check: $(DEV)/.ready $(CHECKOV)/.ready ## Check format, lint, types, shell scripts and Terraform
	@scripts/check.sh

.PHONY: format
format: $(DEV)/.ready ## Format Python and Terraform
	@$(DEV)/bin/ruff format .
	@$(DEV)/bin/ruff check --fix .
	@terraform fmt -recursive terraform

.PHONY: package
package: $(LOCAL)/.ready ## Build dist/function.zip
	@$(LOCAL)/bin/python scripts/package.py

.PHONY: plan deploy destroy
plan: package ## Show what deploying would change: make plan ENV=dev
	@scripts/terraform.sh plan "$(ENV)"

deploy: package ## Deploy to AWS: make deploy ENV=dev
	@scripts/terraform.sh deploy "$(ENV)"

destroy: package ## Delete an environment from AWS: make destroy ENV=dev
	@scripts/terraform.sh destroy "$(ENV)"

.PHONY: outputs
outputs: ## Print what was deployed: make outputs ENV=dev
	@scripts/terraform.sh outputs "$(ENV)"

.PHONY: soak
soak: $(DEV)/.ready $(LOCAL)/.ready package ## Confirm many users amid faults: make soak USERS=3000 [SEED=…]
	@$(DEV)/bin/python -m tests.faults.load $(if $(USERS),--users "$(USERS)") $(if $(SEED),--seed "$(SEED)")

.PHONY: reconcile
reconcile: $(LOCAL)/.ready ## Give every confirmed user a record: make reconcile ENV=dev [DRY_RUN=1]
	@$(LOCAL)/bin/python -m scripts.reconcile "$(ENV)" $(if $(DRY_RUN),--dry-run)

.PHONY: e2e
e2e: $(DEV)/.ready ## Test a deployed environment: make e2e ENV=dev
	@ENV="$(ENV)" $(DEV)/bin/python -m pytest tests/e2e

.PHONY: snapshot
snapshot: $(LOCAL)/.ready package ## Renew scripts/local/stack.json after a change of Terraform
	@$(LOCAL)/bin/python -m scripts.local.snapshot

.PHONY: lock
lock: $(DEV)/.ready ## Renew the pinned packages, with hashes
	@for requirements in function/requirements scripts/requirements/{dev,local,checkov}; do \
		echo "$$requirements.txt"; \
		CUSTOM_COMPILE_COMMAND="make lock" $(DEV)/bin/pip-compile --upgrade \
			--output-file "$$requirements.txt" "$$requirements.in" || exit 1; \
	done

.PHONY: clean
clean: ## Delete what was built and the virtual environments
	@rm -rf dist $(DEV) $(LOCAL) $(CHECKOV) .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(DEV)/.ready: scripts/requirements/dev.txt
	@scripts/venv.sh $(DEV) $<

$(LOCAL)/.ready: scripts/requirements/local.txt
	@scripts/venv.sh $(LOCAL) $<

$(CHECKOV)/.ready: scripts/requirements/checkov.txt
	@scripts/venv.sh $(CHECKOV) $<
