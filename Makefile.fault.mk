# The disk fails at every operation, and the power is cut under hundreds of seeds: minutes, where
# `make test` does a share of it in seconds.
.PHONY: fault
FAULT_RUNS ?= 2000
FAULT_SEED ?= 1

fault: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/test
	FAULT_RUNS=$(FAULT_RUNS) FAULT_SEED=$(FAULT_SEED) build/san/test test/fault/
