# The flow engine: its benchmark on the disk that build/ is on, and its simulation at length.
FLOW_EXECUTIONS ?= 50000
FLOW_WAITING ?= 100000
FLOW_SEEDS ?= 300
.PHONY: bench-flow flow-simulation

$(B)/bench-flow: $(call OBJ,test/bench/flow.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

bench-flow: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/bench-flow
	@rm -rf build/bench/flow && mkdir -p build/bench
	@build/release/bench-flow build/bench/flow --executions $(FLOW_EXECUTIONS) \
	  --waiting $(FLOW_WAITING) | tee build/bench/flow.jsonl
	@rm -rf build/bench/flow

flow-simulation: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/test
	FLOW_SEEDS=$(FLOW_SEEDS) build/san/test flow_simulation
