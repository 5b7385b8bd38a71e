# What checking one receipt costs, in microseconds.
.PHONY: bench-expr

$(B)/expr_bench: $(B)/obj/test/bench/expr_bench.o $(B)/libsheaf.a
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

bench-expr: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/expr_bench
	@build/release/expr_bench
