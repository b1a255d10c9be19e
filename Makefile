# What is not part of every build. `make` lists the targets; .ci/run is the gate that every change passes.

.PHONY: help
help: ## List the targets
	@awk -F ': *## *' '/^[a-z-]+:.*##/ { printf "%-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: wheel
wheel: ## Build the Python wheel with Z3 inside, into target/wheels (needs maturin and patchelf)
	cd cli && maturin build --release --locked

.PHONY: hooks
hooks: ## Try the hook that installs a wheel, with the real pre-commit
	.ci/hooks crosskey

.PHONY: hooks-src
hooks-src: ## Try the hook that builds from source, with the real pre-commit (some minutes)
	.ci/hooks crosskey-src

.PHONY: exports
exports: ## Judge exports of the real AWS CLI, made at a server on this machine (needs awscli and moto)
	.ci/exports

.PHONY: book
book: ## Build the book of docs/ into target/book (needs mdbook: cargo install mdbook)
	mdbook build docs

.PHONY: cdk
cdk: ## Judge an assembly of the real AWS CDK, synthesized here (needs node and npm)
	.ci/cdk

CASES ?= 10000

.PHONY: proofs
proofs: ## Hold the prover to the evaluator on CASES random policies a test (10,000, or some minutes)
	.ci/proofs $(CASES)

.PHONY: differential
differential: ## Hold the evaluator to iam-simulate on 10,000 random bundles (needs node and npm; some minutes)
	.ci/differential

.PHONY: deny
deny: ## Check licences, versions and sources of the dependencies, and known holes where their list can be had
	.ci/deny

.PHONY: mutants
mutants: ## Try some 2,600 small changes to evaluator and prover, and list those that no test notices (an hour or two; needs cargo-mutants)
	.ci/mutants

.PHONY: coverage
coverage: ## Measure which lines of the engine its tests run (some minutes)
	.ci/coverage --summary-only

.PHONY: bench-peer
bench-peer: ## Time the evaluators of other projects on the same decisions, in one run (needs node and npm)
	.ci/bench-peer
