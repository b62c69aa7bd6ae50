# Each command does the set-up that it needs: `make demo`, `make test`, `make test-slow`.
PYTHON ?= python3
VENV := .venv
DIR := demo
BIN := $(VENV)/bin
# Files of constraints have all that is installed, each with the hashes that it may have; as
# wheels, of which nothing runs while they are installed.
PIP := -m pip --disable-pip-version-check --quiet
IMAGES := python|aquasec/trivy|tonistiigi/binfmt|moby/buildkit|docker/buildkit-syft-scanner
PINNED := install --require-hashes --only-binary=:all: --no-deps --requirement
SLOW := (slow or hypothesis) and not nightly
# Also where the environment says otherwise: each process of a test would compile its modules anew.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help compiled collected demo test test-slow check fix published lint types bench bench-small bench-baseline nightly spark tensorflow golden proto constraints digests checkov promtool dist release-notes clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: compiled ## the whole story in ./demo; DIR=elsewhere plays it there
	@n=1; while [ -e $(DIR).$$n ]; do n=$$((n + 1)); done; \
	[ ! -e $(DIR) ] || { mv $(DIR) $(DIR).$$n; echo "$(DIR) was there: it is $(DIR).$$n now"; }
	@$(BIN)/tfs-gitops demo $(DIR)

ifdef TESTS
test: $(VENV)/tools compiled
	$(BIN)/python -m pytest -n auto --dist worksteal $(TESTS)
else
test: export HYPOTHESIS_PROFILE = quick
test: $(VENV)/tools compiled published ## lint, types, tests and the coverage gate; TESTS=tests/plan runs some
	@$(MAKE) --no-print-directory --jobs 2 types lint collected
	$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report=term
endif

test-slow: $(VENV)/tools compiled published ## long histories, real pauses, and all properties with more examples
	$(BIN)/python -m pytest -n auto --dist worksteal -m '$(SLOW)'

check: lint types ## lint and types

fix: $(VENV)/tools ## format, and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# What GitHub publishes of its API; what cannot be fetched makes no target fail, but a test in CI.
published: build/published/fetched

lint: $(VENV)/tools ## code, import contracts, workflows, the image's recipe
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive generator examples
	$(BIN)/zizmor --quiet --offline --persona auditor --strict-collection .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/actions/*/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/hadolint Dockerfile

types: $(VENV)/tools ## mypy: the program, its benchmarks and what tests are built from
	$(BIN)/mypy

bench: $(VENV)/tools ## measure against public tools, and write docs/benchmarks.md
	$(BIN)/python -m benchmarks --page docs/benchmarks.md

bench-small: $(VENV)/tools ## fail if more than a fifth of the speed is lost, on 100 models
	@$(BIN)/python -m benchmarks.small

bench-baseline: $(VENV)/tools ## record the speed that `make bench-small` keeps
	@$(BIN)/python -m benchmarks.small --record

nightly: $(VENV)/tools compiled published checkov tensorflow ## every test, with many more examples, and all campaigns
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n auto --dist worksteal -m ''
	$(BIN)/python -m tests.campaigns --page docs/reliability.md

golden: $(VENV)/tools ## write the golden folders anew
	$(BIN)/python -m pytest --update-golden tests/render

proto: $(VENV)/tools
	$(BIN)/python -m grpc_tools.protoc -Ischemas --python_out=generator/serving --pyi_out=generator/serving schemas/tensorflow_serving.proto

dist: $(VENV)/tools ## wheel and sdist of this commit in dist/, checked
	rm -rf dist
	$(BIN)/python -m build --no-isolation --outdir dist
	$(BIN)/twine check --strict dist/*

release-notes: ## what CHANGELOG.md says of TAG, which names the version
	@version=$$(sed -n 's/^__version__ = "\(.*\)"$$/\1/p' generator/__init__.py); [ "$(TAG)" = "v$$version" ] || \
	{ echo "the tag is '$(TAG)', expected 'v$$version': generator/__init__.py has the version" >&2; exit 1; }
	@awk -v head="## $(TAG)" 'index($$0, "## ") == 1 { on = index($$0, head) == 1; next } on' CHANGELOG.md | grep . || \
	{ echo "CHANGELOG.md has no section '## $(TAG)', or nothing in it" >&2; exit 1; }

clean: ## remove what make has made
	rm -rf $(VENV) .venv-checkov .venv-tensorflow build demo dist

$(VENV)/installed: pyproject.toml constraints.txt .ci/constraints/build.txt
	@echo "installing into $(VENV): a minute or two, once"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) $(PINNED) constraints.txt --requirement .ci/constraints/build.txt
	$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/tools: $(VENV)/installed .ci/constraints/dev.txt
	$(BIN)/python $(PIP) $(PINNED) .ci/constraints/dev.txt
	@touch $@

# As pip does with what it installs, but for a package that is installed to be edited. Where Python
# may write no bytecode, each start would compile the program anew, which takes as long as a plan.
compiled: $(VENV)/installed
	@$(BIN)/python -m compileall -q generator

# pytest compiles each module of tests once here, and not in each of its processes, under the tracer
# of coverage. What goes wrong is told by the run itself.
collected: $(VENV)/tools
	@$(BIN)/python -m pytest --collect-only --quiet --quiet >/dev/null 2>&1 || true

# Versions stay where they still fit; UPGRADE=--upgrade takes those of a week ago.
constraints: $(VENV)/tools ## pin what pyproject.toml asks for, by hashes
	set -e; lock() { $(BIN)/uv pip compile --quiet --universal --python-version 3.11 $(UPGRADE) \
	--generate-hashes --no-annotate --no-header --output-file "$$@"; }; \
	lock .ci/constraints/dev.txt --group dev --extra inventory pyproject.toml; \
	lock .ci/constraints/build.txt --group build --constraint .ci/constraints/dev.txt; \
	lock constraints.txt --constraint .ci/constraints/dev.txt pyproject.toml; \
	lock .ci/constraints/inventory.txt --constraint .ci/constraints/dev.txt --extra inventory pyproject.toml; \
	lock .ci/constraints/npm.txt --group npm; \
	lock .ci/constraints/spark.txt --constraint .ci/constraints/dev.txt --group spark; \
	lock .ci/constraints/checkov.txt --group checkov; \
	lock .ci/constraints/tensorflow.txt --group tensorflow

# A tag can be moved. It is asked for again where a digest stands behind it already.
digests: ## pin the images that build, scan and emulate, by digest
	@for file in Dockerfile .github/workflows/image.yml .github/workflows/release.yml; do \
	for tag in $$(grep -Eo '($(IMAGES)):[[:alnum:]][[:alnum:].-]*' $$file | sort -u); do \
	digest=$$(docker buildx imagetools inspect "$$tag" --format '{{.Manifest.Digest}}') || exit 1; \
	sed -i.bak -E "s|$$tag(@sha256:[0-9a-f]{64})?|$$tag@$$digest|" $$file && rm $$file.bak; \
	echo "$$file: $$tag@$$digest"; done; done

# Of its own too: the messages in .venv come without TensorFlow.
tensorflow: $(VENV)/tools ## install TensorFlow, for the nightly test of a client with it
	test -x .venv-tensorflow/bin/python || $(PYTHON) -m venv .venv-tensorflow
	.venv-tensorflow/bin/python $(PIP) $(PINNED) .ci/constraints/tensorflow.txt

# For the tests that join on Spark. pyspark has no wheel: the set-up of its pinned archive runs.
spark: $(VENV)/tools ## install Spark, for the nightly tests of inventories
	$(BIN)/python $(PIP) install --no-deps --require-hashes --only-binary=:all: --no-binary=pyspark --requirement .ci/constraints/spark.txt

# The packages are npm's. Where there is no npm, PyPI has one.
build/published/fetched: tests/servers/descriptions.py $(VENV)/tools
	@command -v npm >/dev/null || $(BIN)/python $(PIP) $(PINNED) .ci/constraints/npm.txt || true
	@PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/python -m tests.servers.descriptions

# Prometheus' own tool, which the tests of the alerts use where it is; no package index has it.
promtool:
	mkdir -p build/promtool
	cd build/promtool && apt-get download prometheus && dpkg --extract prometheus_*.deb .

# It pins libraries that ours are newer than, so it has an environment of its own.
checkov: $(VENV)/tools ## scan rendered manifests, workflows and the image's recipe
	test -x .venv-checkov/bin/checkov || $(PYTHON) -m venv .venv-checkov
	.venv-checkov/bin/python $(PIP) $(PINNED) .ci/constraints/checkov.txt
	rm -rf build/manifests
	$(BIN)/python -m tests.kit.matrix build/manifests
	.venv-checkov/bin/checkov --config-file .checkov.yaml --directory build/manifests --directory .github
	.venv-checkov/bin/checkov --config-file .checkov.yaml --file Dockerfile
