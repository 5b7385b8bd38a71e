# Templates on one core: a line of JSON for each measurement, also in build/bench/template.jsonl.
.PHONY: bench-template
BENCH_CONTRACTS ?= 1000

$(B)/bench-template: $(call OBJ,test/bench/template_main.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

bench-template: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/bench-template
	@mkdir -p build/bench
	@build/release/bench-template $(BENCH_CONTRACTS) | tee build/bench/template.jsonl
