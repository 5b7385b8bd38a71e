# Benchmarks: release build, real disk, load generator on the same cores. They print what they
# measure and on what, leave JSON lines in build/bench/, and never gate a test.
.PHONY: bench

BENCH_COMMON := $(call OBJ,test/bench/load.c test/bench/load_histogram.c test/bench/load_print.c \
  test/bench/load_template.c test/bench/server.c)
$(B)/bench-receipts: $(call OBJ,test/bench/receipts_main.c) $(BENCH_COMMON) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@
