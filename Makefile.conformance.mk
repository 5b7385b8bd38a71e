# Suites of outside data, from ../shared/conformance or $CONFORMANCE_DIR, under the sanitizers.
# `make conformance SUITES="json-parsing"` runs some of them.
.PHONY: conformance

$(B)/conformance: $(call OBJ,$(sort $(wildcard test/conformance/*.c))) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

conformance: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/conformance
	@build/san/conformance $(SUITES)
