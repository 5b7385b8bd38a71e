# The whole life of a receipt in the embedded store, on the disk that build/ is on.
STORE_LIVES ?= 1000000
.PHONY: bench-store

$(B)/bench-store: $(call OBJ,test/bench/store.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

bench-store:
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/bench-store
	@rm -rf build/bench/store && mkdir -p build/bench
	@build/release/bench-store build/bench/store --lives $(STORE_LIVES) | tee build/bench/store.jsonl
	@rm -rf build/bench/store
