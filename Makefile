# Everything a newcomer types. Each target works from a fresh clone of a Debian 12 machine with
# Swift 6.3 or newer; missing packages are installed by scripts/setup.sh.

.DEFAULT_GOAL := help
.PHONY: help demo test check devices build bundle wheel docs bench bench-peers domains market format lint clean

help: ## Show this list.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

demo: ## Train LR, FM and DeepFM-D on MovieLens-100k and compare them.
	@scripts/demo.sh

test: ## Run every test.
	@scripts/test.sh

check: ## Check what takes more than tests: fuzzing, kills, a browser, a server, GPU kernels, the bundle, Python.
	@scripts/check.sh

devices: build ## Check the kernels and models on every OpenCL implementation without a GPU.
	@scripts/build.sh deepfmPackageTests
	@scripts/devices.sh

build: ## Build the command: .build/release/deepfm.
	@scripts/setup.sh
	@scripts/build.sh

bundle: ## Make a folder that runs on any x86-64 Linux with a GPU driver: dist/.
	@scripts/bundle.sh
	@scripts/test-bundle.sh

wheel: ## Make the Python package: dist/deepfm-*.whl.
	@scripts/wheel.sh

docs: ## Make the reference of the library: .build/docs.
	@scripts/docs.sh

bench: build ## Measure the operators on the best device.
	.build/release/deepfm bench operators
	.build/release/deepfm bench train
	.build/release/deepfm bench predict

domains: ## Every model by its defaults beside LightGBM and CatBoost, on logs of six domains: runs/domains/report.md.
	@scripts/domains.sh

market: build ## LR against DeepFM-D in made-up markets, served and retrained: runs/market/report.html.
	.build/release/deepfm market sweep --out runs/market

bench-peers: build ## Measure this and other toolkits in turn, on the same rows and cores.
	Benchmarks/peers/run.py $(PEERS)

format: ## Format the sources.
	swift format --in-place --configuration .swift-format --recursive Package.swift Kernels Sources Tests

lint: ## Check the format of sources, the scripts, and that nothing imports upwards.
	@scripts/lint.sh

clean: ## Delete what was built.
	rm -rf .build dist
