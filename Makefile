# Six verbs, the same for people and for CI.
.PHONY: help run test check bench docs clean weights
.DEFAULT_GOAL := help
INK := .venv/bin/python

help: ## list the verbs
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: ## set up and start the app
	python3 start.py

test: ## set up and run all tests
	python3 start.py test

check: ## formatting, lint and types only
	python3 start.py test tests/test_habits.py

bench: ## measure every published figure again (benchmarks/results/*.json)
	$(INK) -m benchmarks.start
	$(INK) -m benchmarks.reading
	$(INK) -m benchmarks.browser
	$(INK) -m benchmarks.accuracy

docs: ## tables and pictures of README.md and docs/, from the result files and the browser tests
	$(INK) -m pytest tests/web/test_look.py -q --pictures docs/pictures
	$(INK) -m inkdigit evaluate mnist-test digits digits-tablet uppercase lowercase symbols --plot runs/plots >/dev/null
	cp runs/plots/reliability-digits.png runs/plots/refusals.png docs/pictures/
	$(INK) -m benchmarks.tables

weights: ## train the shipped network again (needs INKDIGIT_DATA; about 15 minutes on 2 cores)
	python3 start.py train --recipe default --out runs/western
	cp runs/western/western.onnx inkdigit/weights/western.onnx

clean: ## remove everything that was made here
	rm -rf .venv runs build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
