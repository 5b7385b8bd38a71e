# Sample receipts: a program for the demo and for imports, and what is made of them.
SAMPLE := $(filter-out %_main.c %_test.c %_bench.c,$(wildcard test/bench/sample*.c))
.PHONY: dictionary

$(B)/sample: $(call OBJ,$(SAMPLE) test/bench/sample_main.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/dictionary: $(call OBJ,$(SAMPLE) test/bench/dictionary_main.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# The compression dictionary of receipts, anew. Old data folders keep the one they were made with.
dictionary: $(B)/dictionary
	$(B)/dictionary src/services/receipts/dictionary.bin

$(B)/test: $(call OBJ,$(SAMPLE))
