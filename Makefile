# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
DOCS := target/docs
export DO_NOT_TRACK := 1

.PHONY: bump field tilt compare-peers site licenses sbom test-wheel test-idc-index test-consumers test-lowest test-pythons setup setup-dev demo test docs codes notebooks check check-python check-sql fix clean fuzz \
	bench bench-catalog bench-compare bench-fetch bench-scale bench-view bigquery-cost dbt2 \
	vocabulary-benchmark vocabulary-idc vocabulary-macros vocabulary-scale

setup: .venv/.setup
setup-dev: .venv/.setup-dev

.venv/.setup: requirements.txt pyproject.toml frontend/requirements.txt frontend/fetch.py
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements.txt
	$(BIN)/python frontend/fetch.py
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	rm -rf python/rtstruct/compiled
	$(BIN)/python -c 'from rtstruct.catalog.vocabulary_store import compile_vocabulary; compile_vocabulary()'
	touch $@

.venv/.setup-dev: .venv/.setup requirements-dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements-dev.txt
	touch $@

demo: setup
	$(BIN)/rtstruct demo

# PYTEST="--cov" tells what of the code the tests reach; that takes longer than CI may.
test: setup-dev
	$(BIN)/python -m pytest --numprocesses auto --dist loadgroup --no-loadscope-reorder $(PYTEST)

# Tests that need nothing but the package, and with what they are run: the versions of requirements-dev.txt.
PORTABLE := $(addprefix tests/python/,geometry dicom write index phantom registry conversion catalog/test_contracts.py)
PORTABLE += --ignore tests/python/conversion/test_cluster.py --numprocesses auto --dist loadgroup -m "not real_data"
TOOLS = $(shell sed -nE 's/^((dcmqi|dicom3tools|hypothesis|nibabel|plastimatch|pynrrd|pytest|pytest-xdist|python-gdcm|pyyaml|surface-distance)==[^ ]+).*/\1/p' requirements-dev.txt)
# Pythons of this machine; PYTHONS="/opt/python3.14/bin/python3" for others.
PYTHONS ?= $(wildcard $(foreach v,3.11 3.12 3.13 3.14,$(HOME)/.pyenv/versions/$(v).*/bin/python /usr/bin/python$(v)))

# At the lowest versions that pyproject.toml allows.
test-lowest: setup-dev
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-lowest
	$(BIN)/uv pip install --quiet --python .venv-lowest --resolution lowest-direct --editable . $(TOOLS)
	.venv-lowest/bin/python -m pytest --quiet $(PORTABLE)

# On every Python that is here.
test-pythons: setup-dev
	set -e; for python in $(PYTHONS); do \
		$$python --version; \
		$(BIN)/uv venv --quiet --clear --python $$python .venv-python; \
		$(BIN)/uv pip install --quiet --python .venv-python --editable . $(TOOLS); \
		.venv-python/bin/python -m pytest --quiet $(PORTABLE); \
	done

# Every table and column, and what comes from what, as one page.
docs: setup
	mkdir -p $(DOCS)
	RTSTRUCT_HOME=$(DOCS) $(BIN)/dbt --quiet docs generate --static --empty-catalog --profiles-dir profiles \
		--target-path $(DOCS) --log-path $(DOCS)
	@echo $(DOCS)/static_index.html

# docs/codes.md, from seeds/codes.csv.
codes: setup
	$(BIN)/python docs/make_codes.py

# The notebooks of docs/notebooks, executed again; a test compares what they print.
notebooks: setup-dev
	$(BIN)/python docs/make_notebooks.py

# Damaged input through every reader, then through every command, for an hour or for FUZZ_SECONDS;
# other inputs with FUZZ_SEED. A fault fails it; a table of what went in is printed.
FUZZ_FIGURES := $(CURDIR)/target/fuzz-figures.jsonl
fuzz: setup-dev
	mkdir -p target && rm -f $(FUZZ_FIGURES)
	FUZZ_FIGURES=$(FUZZ_FIGURES) FUZZ_SECONDS=$$(($(or $(FUZZ_SECONDS),3600) / 16)) \
		$(BIN)/python -m pytest -p no:xdist -s tests/python/fuzz
	PYTHONPATH=tests/python FUZZ_FIGURES=$(FUZZ_FIGURES) FUZZ_SECONDS=$$(($(or $(FUZZ_SECONDS),3600) / 2)) \
		$(BIN)/python tests/python/fuzz/campaign.py
	PYTHONPATH=tests/python $(BIN)/python tests/python/fuzz/table.py $(FUZZ_FIGURES)

# Series and structure sets as the field has them, from files to masks, for an hour or for
# FIELD_SECONDS; every mask that is wrong and not told is printed.
field: setup-dev
	cd tests/python && ../../$(BIN)/python -m support.field_road $(or $(FIELD_SECONDS),3600)

# Volume and Dice of solids drawn on tilted planes; the table of docs/rasterisation.md.
tilt: setup-dev
	$(BIN)/python benchmarks/tilt.py

# What a user waits on, beside our peers; writes docs/benchmarks.md.
bench: setup-dev
	$(BIN)/python benchmarks/bench.py

# How well ROI names are read: labelled names, with floors that fail; FILES="a.csv b.csv" for labels of your own.
vocabulary-benchmark: setup-dev
	$(BIN)/python tests/python/vocabulary/benchmark.py $(FILES)

# What is made of the series of IDC that are described by a site.
vocabulary-idc: setup-dev
	$(BIN)/python tests/python/vocabulary/idc_descriptions.py

# macros/vocabulary/roi_seed_rows.sql, from roi_rewrites and roi_target_words.
vocabulary-macros:
	$(PYTHON) tests/python/vocabulary/seed_macros.py

# Seconds and peak memory for 100,000 and for a million distinct names.
vocabulary-scale: setup-dev
	$(BIN)/python benchmarks/vocabulary.py

check: check-python check-sql

check-python: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-sql: setup-dev
	mkdir -p target/lint
	RTSTRUCT_HOME=target/lint $(BIN)/sqlfluff lint models analyses tests/dbt
	RTSTRUCT_HOME=target/lint $(BIN)/sqlfluff lint --config .sqlfluff-idc-index models/staging/idc_index

fix: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix models analyses tests/dbt

bench-catalog: setup-dev
	$(BIN)/python benchmarks/catalog.py

# How masks agree: processor time beside DeepMind's surface-distance, and the same values.
bench-compare: setup-dev
	$(BIN)/python benchmarks/compare.py

# What a second worker brings, and whether time or memory grow over 2,000 conversions.
bench-scale: setup-dev
	$(BIN)/python benchmarks/scale.py

# Throughput beside s5cmd, from one server on this machine.
bench-fetch: setup-dev
	PYTHONPATH=tests/python $(BIN)/python benchmarks/fetch.py

# The same catalog by the engine of dbt 2, which this downloads, and by the dbt that is installed.
dbt2: setup-dev
	PYTHONPATH=tests/python $(BIN)/python tests/python/engines/dbt2.py

# Seconds until 30 masks on a large CT are on the screen, in a real browser.
bench-view: setup-dev
	$(BIN)/python benchmarks/view.py

# Bytes that a refresh on BigQuery would scan; a dry run, which is free. Needs a Google login.
bigquery-cost: setup-dev
	$(BIN)/python benchmarks/bigquery_cost.py

# Exported sets in the hands of nnU-Net, MONAI and pyradiomics, in an environment of their own.
test-consumers: setup
	test -x .venv-consumers/bin/python || $(PYTHON) -m venv .venv-consumers
	.venv-consumers/bin/python -m pip install --quiet --requirement tests/consumers/requirements.txt
	.venv-consumers/bin/python -m pip install --quiet --no-build-isolation pyradiomics==3.0.1
	rm -rf target/consumers && mkdir -p target/consumers
	$(BIN)/python tests/consumers/make_sets.py target/consumers
	.venv-consumers/bin/python tests/consumers/check_export.py target/consumers

# The wheel of the sdist in an empty environment, for each Python that is here: PYTHONS="python3.13" for others.
test-wheel: setup-dev
	$(BIN)/python tests/release/check_wheel.py

# The same beside idc-index, which keeps DuckDB at 1.x: each reads what the other wrote.
test-idc-index: setup-dev
	$(BIN)/python tests/release/check_wheel.py idc-index

# docs/comparison.md: ours beside other software, each in an environment of its own; PEERS="plastimatch" for some.
compare-peers: setup-dev
	PYTHONPATH=benchmarks $(BIN)/python benchmarks/peers/compare.py

.venv-tools/.made: requirements-tools.txt
	test -x .venv-tools/bin/python || $(PYTHON) -m venv .venv-tools
	.venv-tools/bin/python -m pip install --quiet --require-hashes --requirement requirements-tools.txt
	touch $@

# What a user installs, and nothing else.
.venv-runtime/.made: requirements.txt
	test -x .venv-runtime/bin/python || $(PYTHON) -m venv .venv-runtime
	.venv-runtime/bin/python -m pip install --quiet --require-hashes --no-deps --requirement requirements.txt
	touch $@

# The documentation as a site in target/site; a broken link fails.
site: setup .venv-tools/.made
	$(BIN)/python docs/make_site.py target/site-pages
	NO_MKDOCS_2_WARNING=1 .venv-tools/bin/mkdocs build --quiet --strict

# Fails on a license that is not on the list. text-unidecode offers the Artistic License beside the GPL.
licenses: .venv-tools/.made .venv-runtime/.made
	.venv-tools/bin/pip-licenses --python .venv-runtime/bin/python --partial-match \
		--allow-only "MIT;BSD;Apache;MPL;Mozilla;PSF;Python Software Foundation;ISC;Artistic License"

# What is in an installation, as CycloneDX.
sbom: .venv-tools/.made .venv-runtime/.made
	mkdir -p target
	.venv-tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-file target/sbom.json .venv-runtime/bin/python
	@echo target/sbom.json

# make bump VERSION=0.2.0: the version, where it stands.
bump:
	test -n "$(VERSION)"
	sed -i.bak 's/^__version__ = .*/__version__ = "$(VERSION)"/' python/rtstruct/version.py
	sed -i.bak 's/^version: .*/version: $(VERSION)/' CITATION.cff
	sed -i.bak 's/^## \[Unreleased\]$$/## [Unreleased]\n\n## [$(VERSION)] - '"$$(date +%F)"'/' CHANGELOG.md
	rm -f python/rtstruct/version.py.bak CITATION.cff.bak CHANGELOG.md.bak

clean:
	rm -rf .venv .venv-consumers .venv-lowest .venv-python .venv-peers .venv-runtime .venv-tools target logs rtstruct-data/* dbt_packages
