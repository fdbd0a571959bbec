# The front door. `make` alone lists what there is.
# CLOUD names the embedded cloud that a command works on: `local` for people, `test` for tests.

CLOUD ?= local
PYTEST := .venv/bin/python -m pytest
SOCLE := .venv/bin/socle

# The order in which the live tests share one cloud: from nothing to nothing.
CI_LIVE := tests/cloud/test_up.py tests/cloud/test_policies.py tests/cloud/test_access.py tests/cloud/test_bastion.py \
           tests/cloud/test_flows.py tests/cloud/test_hostile_paths.py tests/cloud/test_hostile_disguise.py \
           tests/cloud/test_volume.py tests/cloud/test_objects.py tests/cloud/test_space_credential.py \
           tests/cloud/test_drift.py tests/hosts tests/cloud/test_converge.py tests/cloud/test_reboot.py tests/cloud/test_data.py \
           tests/cloud/test_teardown.py tests/cloud/test_space_life.py tests/cloud/test_space_erasure.py \
           tests/cloud/test_destroy.py tests/cloud/test_down.py

# Looks at the whole machine: what other tests start beside it would be found.
ALONE := tests/unit/faults/test_orphans.py

# Real programs, or a server of their own, behind each test: a minute that `make test` spends and `make test-fast` does not.
LONGER := tests/unit/roles tests/unit/drift/test_scan.py tests/unit/drift/test_faults.py tests/unit/drift/test_seeds.py \
          tests/unit/drift/test_acknowledged.py tests/unit/drift/test_chain.py tests/unit/socle/test_admin.py \
          tests/unit/socle/test_cli.py tests/unit/socle/test_erasure.py \
          tests/unit/socle/test_space_renew.py tests/unit/socle/test_run.py tests/unit/policies/test_catalogue.py \
          tests/unit/controls/test_unreached.py tests/unit/bench/drift/test_drift.py tests/unit/notify/test_delivery.py \
          tests/unit/faults/test_killer.py tests/unit/faults/test_proxy.py

# SIZE: small or full, how much of the platform stands; what stands already when nothing is said, else small.
SIZE ?=

export SOCLE_CLOUD = $(CLOUD)
export PYTHONUNBUFFERED = 1
unexport MAKEFLAGS

.DEFAULT_GOAL := help
.PHONY: help deps up stop down status shell check test test-fast test-full lint lock

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps:  ## install Debian packages, .venv and the tool chain; a second run changes nothing
	@bash toolchain/bootstrap.sh

up: deps  ## the main job: a real OpenStack, the platform on it, its hosts hardened and checked
	@$(SOCLE) local up --cloud $(CLOUD) $(if $(SIZE),--size $(SIZE))

# What works on something that stands needs what `make up` installed, and does not install it.
$(SOCLE):
	@echo "socle: nothing is installed in this checkout yet: run 'make deps' or 'make up' first" >&2; exit 2

stop: $(SOCLE)  ## end the cloud's processes and keep its state; `make up` goes on from there
	@$(SOCLE) local stop --cloud $(CLOUD)

down: $(SOCLE)  ## remove the cloud and everything that `make up` made; caches stay
	@$(SOCLE) local down --cloud $(CLOUD)

status: $(SOCLE)  ## what stands now
	@$(SOCLE) local status --cloud $(CLOUD)

shell: deps  ## a shell where plain pulumi, ansible-playbook and openstack work
	@$(SOCLE) shell --cloud $(CLOUD)

check: $(SOCLE)  ## check the live hosts against controls/hardening.yaml
	@$(SOCLE) check --cloud $(CLOUD)

lint: deps  ## ruff, mypy, yamllint, ansible-lint
	.venv/bin/ruff check -q .
	.venv/bin/ruff format -q --check .
	.venv/bin/mypy -p infra -p localcloud -p policies -p socle -p bench --no-error-summary
	.venv/bin/yamllint --strict policies/*.yaml controls nightly playbooks roles stacks Pulumi.yaml
	cd playbooks && ANSIBLE_CONFIG=ansible.cfg ../.venv/bin/ansible-lint -q --offline ..

test-fast: deps  ## unit tests that start neither a cloud nor services: a minute
	$(PYTEST) -q -n 2 $(addprefix --ignore=,$(ALONE) $(LONGER)) tests/unit
	$(PYTEST) -q $(ALONE)

test: lint  ## the [ci] tier: lint, unit and contract tests, then a real up, check, refresh, destroy
	@bash tests/run-ci.sh $(CI_LIVE)

test-full: test-fast  ## the [nightly] tier as well: hours, resumed by part when run again
	@bash tests/run-full.sh

lock:  ## renew the lock files from pyproject.toml and localcloud/requirements.in
	@bash toolchain/lock.sh
