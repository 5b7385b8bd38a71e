# The stand-in partners as a program, the demo, and the crash test. None of it is linked into sheaf.
$(B)/partners: $(call OBJ,$(PARTNERS_LIB) partners/main.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# Days of the receipts service under every fault, seed by seed (test/scenario/receipts_simulation.c).
.PHONY: simulation
SIMULATION_SEEDS ?= 50
SIMULATION_FIRST ?= 1
simulation: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/test
	SIMULATION_SEEDS=$(SIMULATION_SEEDS) SIMULATION_FIRST=$(SIMULATION_FIRST) build/san/test test/scenario/

# Kills the server CRASH_KILLS times under load, then looks for everything it acknowledged.
.PHONY: crash
CRASH_KILLS ?= 50
CRASH_SEED ?= 1
$(B)/crash: $(call OBJ,$(wildcard test/crash/*.c) test/bench/server.c test/bench/parties.c $(SAMPLE) partners/ledger.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# The short share of it that CI gets; before it, that nothing of the partners is in the program.
.PHONY: check-crash
check-crash:
	@$(MAKE) VARIANT=release build/release/sheaf build/release/partners build/release/crash
	@! nm build/release/sheaf | grep -E ' (office|hooks|partners|guests|ledger|agenda|esign|smtp_sink)_'
	build/release/crash --kills=3

crash: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/sheaf build/release/partners build/release/crash
	@build/release/crash --kills=$(CRASH_KILLS) --seed=$(CRASH_SEED)

# Installs what is missing, builds, and shows 5,000 receipts through their whole life.
.PHONY: demo
demo: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/sheaf build/release/partners build/release/sample build/release/sample-nsc
	@tools/demo
