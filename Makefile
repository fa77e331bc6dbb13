# The two commands of the README are `make run` and `make test`; each does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
NAMES := build/names/opscope

export OPSCOPE_MAKE := 1

.PHONY: run test long soak dap zoo check bench setup pictures names format clean

run: setup
	$(BIN)/python scripts/qt_libraries.py
	$(BIN)/python -m scripts.play

test: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python scripts/qt_libraries.py
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

# Published models. Their packages leave torch and TensorFlow as they are: none brings torchvision,
# and tf_keras, which asks for another build of TensorFlow, comes without what it asks for.
zoo: setup
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[zoo]"
	$(BIN)/python -m pip install --quiet -c constraints.txt --no-deps tf_keras
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 -m zoo tests/zoo $(ARGS)

# Endurance, and many more cases for what reads files and messages.
soak: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 --dist loadgroup -m soak tests $(ARGS)
	OPSCOPE_FUZZ=2000 $(BIN)/python -m pytest -n 2 --timeout 1200 tests/unit/fuzz $(ARGS)

# Tests that take many seconds each.
long: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 --dist loadgroup -m long tests $(ARGS)

# The adapter under VS Code's own test client, which is JavaScript.
dap: setup
	@command -v npm > /dev/null || { echo "make dap needs Node.js 18 or newer with npm"; exit 1; }
	cd tests/dap_client && npm ci --no-audit --no-fund
	$(BIN)/python -m pytest -n 1 --dist loadgroup tests/boundary/test_third_party_client.py $(ARGS)

check: setup names
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	cd build/names && PYTHONPATH=. ../../$(BIN)/lint-imports --config ../../pyproject.toml

bench: setup
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.benchmarks $(ARGS)

pictures: setup
	$(BIN)/python -m scripts.pictures $(ARGS)

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) scripts/check_python.py
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=24"
	$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[window,torch,tensorflow,dev]"
	touch $(STAMP)

# The folders under their import names, for the tools that follow folders.
names:
	mkdir -p $(NAMES)
	for folder in app widgets tracers resources; do ln -sfn ../../../$$folder $(NAMES)/$$folder; done
	for file in __init__.py __main__.py; do ln -sfn ../../../opscope/$$file $(NAMES)/$$file; done

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf build $(VENV)
