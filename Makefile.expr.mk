# What checking one receipt costs, in microseconds.
.PHONY: bench-expr

$(B)/expr_bench $(B)/jsonata_bench: $(B)/%: $(B)/obj/test/bench/%.o $(B)/libsheaf.a
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

bench-expr: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/expr_bench build/release/jsonata_bench
	@build/release/expr_bench
	@build/release/jsonata_bench
	@sh $(JSONATA_DIFFERENTIAL)/install.sh && build/release/jsonata_bench --list | \
	  node test/bench/jsonata.mjs build/jsonata/node_modules/jsonata || true

# Our JSONata beside npm's, over test/conformance/jsonata/corpus.txt and generated expressions:
# `make jsonata-differential SEED=7 COUNT=20000`. Without Node 18 or its package it is skipped.
.PHONY: jsonata-differential
SEED ?= 1
COUNT ?= 5000
JSONATA_DIFFERENTIAL := test/conformance/jsonata

$(B)/jsonata_differential: $(B)/obj/$(JSONATA_DIFFERENTIAL)/differential.o $(B)/libsheaf.a
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

jsonata-differential: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/jsonata_differential
	@sh $(JSONATA_DIFFERENTIAL)/run.sh $(SEED) $(COUNT)
