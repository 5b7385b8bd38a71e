# Kills the server FLOW_CRASH_KILLS times while executions run; then each must have ended as it does
# without a kill. The server is Sheaf's own with some tasks of the test.
.PHONY: flow-crash check-flow-crash
FLOW_CRASH_KILLS ?= 50
FLOW_CRASH_SEED ?= 1

$(B)/flow-crash-server: $(call OBJ,test/flow_crash/server.c test/flow_crash/tasks.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/flow-crash: $(call OBJ,$(addprefix test/flow_crash/,main.c clients.c check.c flows.c) test/bench/server.c \
    partners/ledger.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# The short share of it that CI gets.
check-flow-crash:
	@$(MAKE) VARIANT=release build/release/flow-crash-server build/release/flow-crash
	build/release/flow-crash --kills=3

flow-crash: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/flow-crash-server build/release/flow-crash
	@build/release/flow-crash --kills=$(FLOW_CRASH_KILLS) --seed=$(FLOW_CRASH_SEED)
