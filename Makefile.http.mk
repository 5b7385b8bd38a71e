# The load generator: as a program, and with a server of its own to measure src/http alone.
LOAD := $(filter-out %_main.c %_echo.c,$(wildcard test/bench/load*.c))

$(B)/load: $(call OBJ,$(LOAD) test/bench/load_main.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/load-echo: $(call OBJ,$(LOAD) test/bench/load_echo.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@
