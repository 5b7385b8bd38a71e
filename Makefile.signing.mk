# Samples of the signing service: a generator of contract files, and the large one of the demonstration.
.PHONY: signing-samples
$(B)/sample-nsc: $(call OBJ,test/bench/nsc_main.c test/nsc_draft.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# The committed ones anew, and one of 1,000 vehicles in build/.
SIGNING_SAMPLE := build/NSC_CONTRACTS_SE_20250916_002.dat
signing-samples:
	@$(MAKE) --no-print-directory VARIANT=release build/release/sample-nsc
	@build/release/sample-nsc --vehicles=1 --dealers=1 --date=2025-09-14 --sequence=100 \
	  >samples/signing/NSC_CONTRACTS_SE_20250914_100.dat
	@build/release/sample-nsc --vehicles=40 --dealers=3 --bad=10 --form=delimited --sequence=101 \
	  >samples/signing/NSC_CONTRACTS_SE_20250915_101.dat
	@mkdir -p samples/signing/lookups
	@build/release/sample-nsc --dealers=12 --table >samples/signing/lookups/dealers.csv
	@build/release/sample-nsc --bad=2 --date=2025-09-16 --sequence=102 >$(SIGNING_SAMPLE)

# Kills the server while a night's contracts and invoices go their way; then each must have happened once.
.PHONY: signing-crash check-signing-crash
SIGNING_CRASH_KILLS ?= 30
SIGNING_CRASH_SEED ?= 1
$(B)/signing-crash: $(call OBJ,test/signing_crash/main.c test/bench/server.c test/bench/parties.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

SIGNING_CRASH := $(addprefix build/release/,sheaf partners sample-nsc signing-crash)
# The short share of it that CI gets.
check-signing-crash:
	@$(MAKE) VARIANT=release $(SIGNING_CRASH)
	@tools/signing-crash 5 1 200

signing-crash: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release $(SIGNING_CRASH)
	@tools/signing-crash $(SIGNING_CRASH_KILLS) $(SIGNING_CRASH_SEED) 1000
