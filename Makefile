# The verbs, the same for people and for CI.
.PHONY: help run test quick check mutants bench docs clean folds line rows signs pages scripts search fuzz lock
.DEFAULT_GOAL := help
INK := .venv/bin/python

help: ## list the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: ## set up and start the app
	python3 start.py

test: ## set up and run all tests
	python3 start.py test

quick: ## formatting, types, and the tests of what changed since the last commit
	python3 start.py test -q $$(python3 tests/changed.py)

check: ## formatting, lint and types only, and known faults of what is installed
	python3 start.py test tests/test_habits.py
	python3 tests/audit.py

mutants: ## put small faults into the code, count those that the tests notice (needs INKDIGIT_DATA; 20 minutes on 2 cores)
	$(INK) -m benchmarks.mutants

bench: ## measure every published figure again (benchmarks/results/*.json)
	$(INK) -m benchmarks.start
	$(INK) -m benchmarks.reading
	$(INK) -m benchmarks.many
	$(INK) -m benchmarks.browser
	$(INK) -m benchmarks.window
	$(INK) -m benchmarks.accuracy
	$(INK) -m benchmarks.robustness
	$(INK) -m benchmarks.scripts
	$(INK) -m benchmarks.numbers
	$(INK) -m benchmarks.hands runs/cv/*/western.onnx
	$(INK) -m benchmarks.allographs
	$(INK) -m benchmarks.strokes
	$(INK) -m benchmarks.dense
	$(INK) -m benchmarks.bounds
	$(INK) -m benchmarks.signs
	$(INK) -m benchmarks.paper
	$(INK) -m benchmarks.paper_signs
	$(INK) -m benchmarks.paper_gallery
	$(INK) -m benchmarks.store
	$(INK) -m benchmarks.camera
	$(INK) -m benchmarks.inside
	$(INK) -m benchmarks.batch
	$(INK) -m benchmarks.corrections runs/cv/*/western.onnx
	$(INK) -m benchmarks.serving
	$(INK) -m benchmarks.faults
	$(INK) -m benchmarks.kills
	$(INK) -m benchmarks.soak

docs: ## tables and pictures of README.md and docs/, from the result files and the browser tests; the manual page
	$(INK) -m pytest tests/web -q --pictures docs/pictures
	$(INK) -m pytest tests/desktop/test_window.py -q -k opens_reads --pictures docs/pictures
	$(INK) -m inkdigit evaluate mnist-test digits digits-tablet uppercase lowercase symbols scribbles several halves noise photos --plot runs/plots >/dev/null
	cp runs/plots/reliability-digits.png runs/plots/refusals.png docs/pictures/
	$(INK) -m benchmarks.corrections plot
	$(INK) -m benchmarks.serving plot
	$(INK) -m benchmarks.soak plot
	$(INK) -m benchmarks.tables
	$(INK) docs/architecture.py
	$(INK) docs/manual.py

folds: ## train the five pairs of networks of the cross-validation and ship the first (needs INKDIGIT_DATA; a night on 2 cores, half an hour with a GPU)
	for fold in 0 1 2 3 4; do \
	  python3 start.py train --recipe default --fold $$fold --seed $$fold --out runs/cv/$$fold && \
	  INKDIGIT_MODEL=runs/cv/$$fold/western.onnx \
	  python3 start.py train --recipe strokes --fold $$fold --seed $$fold --out runs/cv/$$fold/strokes || exit 1; done
	cp runs/cv/0/western.onnx runs/cv/0/strokes/western-strokes.onnx inkdigit/weights/
	$(INK) -m benchmarks.crossval runs/cv/*/western.onnx

line: ## train and ship the network that reads whole numbers (needs INKDIGIT_DATA; 20 minutes on 2 cores)
	python3 start.py train --recipe line --out runs/line
	cp runs/line/western-line.onnx inkdigit/weights/western-line.onnx

signs: ## train and ship the network that tells signs (needs INKDIGIT_DATA; half an hour)
	python3 start.py train --recipe signs --out runs/signs
	cp runs/signs/western-signs.onnx inkdigit/weights/western-signs.onnx

pages: ## train and ship the network that finds numbers on paper (needs INKDIGIT_DATA; an hour on 2 cores)
	python3 start.py train --recipe page --out runs/page
	cp runs/page/western-page.onnx inkdigit/weights/western-page.onnx

rows: ## train and ship the network that reads what was found on paper (needs INKDIGIT_DATA; two hours on 2 cores)
	python3 start.py train --recipe row --out runs/row
	python3 start.py train --recipe row-wide --start runs/row --out runs/row-wide
	cp runs/row-wide/western-row.onnx inkdigit/weights/western-row.onnx

prints: ## train and ship the network that tells print from writing by hand (needs INKDIGIT_DATA; a quarter of an hour)
	python3 start.py train --recipe prints --out runs/prints
	cp runs/prints/western-print.onnx inkdigit/weights/western-print.onnx

scripts: ## train and ship the network that tells scripts (needs INKDIGIT_DATA; 15 minutes on 2 cores)
	python3 start.py train --recipe scripts --out runs/scripts
	cp runs/scripts/which-script.onnx inkdigit/weights/non-commercial/which-script.onnx

search: ## train and count what was tried beside what ships (needs INKDIGIT_DATA, and TensorFlow for one; three hours)
	$(INK) -m benchmarks.architectures
	$(INK) -m benchmarks.script_trunk
	$(INK) -m benchmarks.second_score
	$(INK) -m benchmarks.nearest
	$(INK) -m benchmarks.strange_kinds
	$(INK) -m benchmarks.keras_cnn

fuzz: ## look for inputs that break a promise (needs atheris; a while)
	$(INK) -m benchmarks.fuzz

lock: ## pin what reading needs, with hashes (constraints.txt; asks the package index)
	$(INK) -m pip install --quiet uv
	echo setuptools | UV_CUSTOM_COMPILE_COMMAND="make lock" $(INK) -m uv pip compile pyproject.toml - --upgrade --quiet \
	  --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url --output-file constraints.txt

clean: ## remove everything that was made here
	rm -rf .venv runs build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
