# Sample receipts: a program for the demo and for imports.
SAMPLE := $(filter-out %_main.c %_test.c %_bench.c,$(wildcard test/bench/sample*.c))

$(B)/sample: $(call OBJ,$(SAMPLE) test/bench/sample_main.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@
