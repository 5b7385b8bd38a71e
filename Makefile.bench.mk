# Benchmarks: release build, real disk, load generator on the same cores. They print what they measure
# and on what, leave JSON lines in build/bench/, and never gate a test. `make bench` takes some
# minutes; `make bench-growth` (the rate after BENCH_FILL receipts) takes longer.
.PHONY: bench bench-growth
BENCH_SECONDS ?= 20
BENCH_FILL ?= 5000000

BENCH_COMMON := $(call OBJ,$(filter-out %_main.c %_echo.c,$(wildcard test/bench/load*.c)) test/bench/server.c)
$(B)/bench-receipts: $(call OBJ,test/bench/receipts_main.c) $(BENCH_COMMON) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

bench: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/sheaf build/release/partners \
	  build/release/bench-receipts
	@tools/bench $(BENCH_SECONDS)
	@$(MAKE) --no-print-directory bench-flow bench-expr bench-pdf bench-template bench-bundle

bench-growth: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/sheaf build/release/bench-receipts
	@tools/bench $(BENCH_SECONDS) $(BENCH_FILL)
