# Every target does its own set-up. `make help` lists them.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Build prerequisites in the order in which they are written, so that quick checks come before the build.
.NOTPARALLEL:

# Ignore what the caller's shell sets for other Pythons and folders. Only PYTHON counts: it names the Python to use.
# scripts/isolated_pip.py does the same for pip.
unexport CDPATH $(filter-out PYTHON,$(filter PYTHON%,$(.VARIABLES)))

DEV := .venv
LOCAL := .venv-local
CHECKOV := .venv-checkov
AUDIT := .venv-audit

# Or tofu: make plan ENV=dev TERRAFORM=tofu
export TERRAFORM ?= terraform

# The tests of the commit hook. The last one is the `terraform test` of the root module.
QUICK := tests/unit tests/package tests/documents tests/terraform/test_terraform.py::test_terraform_test

# Three workers keep two cores busy, because some tests wait. More would slow the tests that have a time limit.
WORKERS := 3

# With PACKAGED=<sha256> Terraform plans with the zip that is there already, if it has this sha256.
ZIP := $(if $(PACKAGED),packaged,package)

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

##@ Try it

.PHONY: demo
demo: $(LOCAL)/.ready package ## Sign a user up in a local AWS, and show the record
	@$(LOCAL)/bin/python -m scripts.local.demo

.PHONY: local
local: $(LOCAL)/.ready package ## Run a local AWS with a page to try it on, until Ctrl-C: make local [PORT=4566]
	@$(LOCAL)/bin/python -m scripts.local.serve $(if $(PORT),--port "$(PORT)")

.PHONY: test
test: $(DEV)/.ready $(LOCAL)/.ready $(CHECKOV)/.ready $(AUDIT)/.ready package ## Run all tests, or only the quick ones: make test [FAST=1]
	@$(DEV)/bin/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder \
		$(if $(FAST),$(QUICK),--cov --cov-report=term --ignore tests/e2e)

##@ Deploy to AWS (needs an account)

.PHONY: bootstrap
bootstrap: $(LOCAL)/.ready ## Create the bucket for the state, and GitHub's roles: make bootstrap ENV=dev
	@scripts/terraform.sh bootstrap "$(ENV)"

.PHONY: environment
environment:
	@scripts/terraform.sh check "$(ENV)"

.PHONY: plan deploy rollback destroy
plan: environment $(LOCAL)/.ready $(ZIP) ## Show what a deployment would change, and keep the plan: make plan ENV=dev
	@scripts/terraform.sh plan "$(ENV)"

deploy: environment $(LOCAL)/.ready ## Apply the plan that was kept, and no other: make deploy ENV=dev
	@PLANNED="$(PLANNED)" scripts/terraform.sh deploy "$(ENV)"

rollback: environment $(LOCAL)/.ready ## Switch back to the version before the last deployment: make rollback ENV=dev [VERSION=3]
	@$(LOCAL)/bin/python -m scripts.rollback "$(ENV)" $(if $(VERSION),--version "$(VERSION)")

destroy: environment $(LOCAL)/.ready package ## Delete an environment: make destroy ENV=dev
	@scripts/terraform.sh destroy "$(ENV)"

.PHONY: outputs
outputs: environment $(LOCAL)/.ready ## Print ids and names of what is deployed: make outputs ENV=dev
	@scripts/terraform.sh outputs "$(ENV)"

.PHONY: e2e
e2e: environment $(DEV)/.ready $(LOCAL)/.ready ## Test a deployed environment: make e2e ENV=dev
	@ENV="$(ENV)" $(DEV)/bin/python -m pytest tests/e2e

.PHONY: recover unlock
recover: $(LOCAL)/.ready ## Save a state that Terraform could not write: make recover ENV=dev
	@scripts/terraform.sh recover "$(ENV)"

unlock: $(LOCAL)/.ready ## Delete the lock that an interrupted deployment has left: make unlock ENV=dev LOCK=<id>
	@scripts/terraform.sh unlock "$(ENV)" "$(LOCK)"

##@ Users and records (needs an account)

.PHONY: reconcile
reconcile: environment $(LOCAL)/.ready ## Start a sweep, which adds missing records: make reconcile ENV=dev [DRY_RUN=1]
	@$(LOCAL)/bin/python -m scripts.reconcile "$(ENV)" $(if $(DRY_RUN),--dry-run)

.PHONY: forget
forget: environment $(LOCAL)/.ready ## Delete a user and the record: make forget ENV=dev USER_ID=<e-mail or UserID> [YES=1]
	@$(LOCAL)/bin/python -m scripts.forget "$(ENV)" "$$USER_ID" $(if $(YES),--yes)

.PHONY: orphans
orphans: environment $(LOCAL)/.ready ## List or delete records whose user is gone: make orphans ENV=dev [DELETE=1 [YES=1]]
	@$(LOCAL)/bin/python -m scripts.orphans "$(ENV)" $(if $(DELETE),--delete) $(if $(YES),--yes)

##@ Develop

.PHONY: check
check: $(DEV)/.ready $(CHECKOV)/.ready ## Check format, lint, types, shell scripts and Terraform
	@scripts/check.sh

.PHONY: format
format: $(DEV)/.ready ## Format Python and Terraform
	@$(DEV)/bin/ruff format .
	@$(DEV)/bin/ruff check --fix .
	@$(TERRAFORM) fmt -recursive terraform

.PHONY: package
package: $(LOCAL)/.ready ## Build dist/function.zip
	@$(LOCAL)/bin/python -m scripts.package

.PHONY: packaged
packaged:
	@scripts/packaged.sh "$(PACKAGED)"

.PHONY: test-modules
test-modules: $(DEV)/.ready $(LOCAL)/.ready package ## Test each Terraform module by itself
	@$(DEV)/bin/python -m pytest tests/terraform/test_modules.py

.PHONY: test-terraform
test-terraform: $(DEV)/.ready $(LOCAL)/.ready package ## Run all of Terraform's own tests: make test-terraform [TERRAFORM=tofu]
	@$(DEV)/bin/python -m pytest tests/terraform/test_modules.py tests/terraform/test_terraform.py::test_terraform_test

.PHONY: bench
bench: $(DEV)/.ready package ## Compare the function with other ways to do its job: make bench [KEEP=1]
	@$(DEV)/bin/python -m tests.benchmarks $(if $(KEEP),--keep)

.PHONY: soak
soak: $(DEV)/.ready $(LOCAL)/.ready package ## Confirm many users while faults come and go: make soak [USERS=3000] [SEED=1]
	@$(DEV)/bin/python -m tests.faults.load $(if $(USERS),--users "$(USERS)") $(if $(SEED),--seed "$(SEED)")

.PHONY: snapshot
snapshot: $(LOCAL)/.ready package ## Renew scripts/local/stack.json after a change of Terraform
	@$(LOCAL)/bin/python -m scripts.local.snapshot

.PHONY: docs
docs: $(DEV)/.ready ## Renew the modules' READMEs after a change of Terraform
	@$(DEV)/bin/python -m scripts.module_readme

.PHONY: screenshot
screenshot: $(DEV)/.ready $(LOCAL)/.ready package ## Take the picture in README again
	@SCREENSHOT=tests/browser/page.png $(DEV)/bin/python -m pytest tests/browser -k screenshot

.PHONY: lock
lock: $(DEV)/.ready ## Renew the pinned packages
	@for requirements in function/requirements scripts/requirements/dev scripts/requirements/local \
		scripts/requirements/checkov scripts/requirements/audit; do \
		echo "$$requirements.txt"; \
		CUSTOM_COMPILE_COMMAND="make lock" $(DEV)/bin/pip-compile --upgrade \
			--output-file "$$requirements.txt" "$$requirements.in" || exit 1; \
	done
	@for folder in tests tests/benchmarks/node; do \
		npm --prefix "$$folder" update --package-lock-only --ignore-scripts --no-audit --no-fund || exit 1; \
	done

.PHONY: clean
clean: ## Delete what was built, and the Python environments
	@rm -rf dist tests/node_modules $(DEV) $(LOCAL) $(CHECKOV) $(AUDIT) .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

##@ Release

.PHONY: release
release: package sbom ## Build the zip, its sha256 and its SBOM
	@cd dist && if command -v sha256sum >/dev/null; then sha256sum function.zip; \
		else shasum -a 256 function.zip; fi >function.zip.sha256

.PHONY: sbom
sbom: $(AUDIT)/.ready ## Write dist/function.cdx.json, the list of packages in the zip (CycloneDX)
	@mkdir -p dist
	@$(AUDIT)/bin/cyclonedx-py requirements --output-reproducible \
		--output-file dist/function.cdx.json function/requirements.txt

.PHONY: audit
audit: $(AUDIT)/.ready ## Look for known vulnerabilities in the pinned packages
	@for requirements in function/requirements.txt scripts/requirements/*.txt; do \
		echo "$$requirements"; \
		$(AUDIT)/bin/pip-audit --strict --disable-pip --requirement "$$requirements" || exit 1; \
	done

.PHONY: scan
scan: $(CHECKOV)/.ready ## Write what checkov finds in Terraform to dist/results_sarif.sarif
	@$(CHECKOV)/bin/checkov --directory terraform --skip-download --quiet --compact \
		--output cli --output sarif --output-file-path console,dist/results_sarif.sarif

.PHONY: publish
publish: ## Publish what `make release` built as a release of a tag on GitHub: make publish TAG=v1.0.0
	@test -n "$(TAG)" || { echo "Say which tag: make publish TAG=v1.0.0" >&2; exit 1; }
	@gh release create "$(TAG)" dist/function.zip dist/function.zip.sha256 dist/function.cdx.json \
		--verify-tag --generate-notes

# In workflows only.
.PHONY: show-plan supersede keep-state
show-plan: environment $(LOCAL)/.ready $(ZIP)
	@scripts/show_plan.sh "$(ENV)" "$(PULL_REQUEST)"

supersede:
	@scripts/supersede.sh "$(ENV)"

keep-state: $(LOCAL)/.ready
	@$(LOCAL)/bin/python -m scripts.state keep "$(ENV)"

$(DEV)/.ready: scripts/requirements/dev.txt
	@scripts/venv.sh $(DEV) $<

$(LOCAL)/.ready: scripts/requirements/local.txt
	@scripts/venv.sh $(LOCAL) $<

$(CHECKOV)/.ready: scripts/requirements/checkov.txt
	@scripts/venv.sh $(CHECKOV) $<

$(AUDIT)/.ready: scripts/requirements/audit.txt
	@scripts/venv.sh $(AUDIT) $<
