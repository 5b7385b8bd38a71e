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
