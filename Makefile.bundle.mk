# A nightly bundle end to end on the disk that build/ is on: a line of JSON, also in
# build/bench/bundle.jsonl. BUNDLE_VEHICLES sets its size.
.PHONY: bench-bundle bundle-simulation
BUNDLE_VEHICLES ?= 1000
BUNDLE_SEEDS ?= 100

$(B)/bench-bundle: $(call OBJ,test/bench/bundle_main.c test/bundle_fixture.c test/bundle_signee.c \
  partners/onbase.c partners/ledger.c partners/faults.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

bench-bundle: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/bench-bundle
	@rm -rf build/bench/bundle && mkdir -p build/bench
	@build/release/bench-bundle build/bench/bundle $(BUNDLE_VEHICLES) | tee build/bench/bundle.jsonl
	@rm -rf build/bench/bundle

bundle-simulation: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/test
	BUNDLE_SEEDS=$(BUNDLE_SEEDS) build/san/test bundle_simulation
