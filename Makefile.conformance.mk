# Suites of outside data, from ../shared/conformance or $CONFORMANCE_DIR, under the sanitizers.
# `make conformance SUITES="json-parsing"` runs some of them. All of them end with a short share of
# the differential test of JSONata (Makefile.expr.mk).
.PHONY: conformance

$(B)/conformance: $(call OBJ,$(sort $(wildcard test/conformance/*.c)) test/flow_driver.c test/pdf_fixture.c test/seal_fixture.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

conformance: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/conformance
	@build/san/conformance $(SUITES)
	@[ -n "$(SUITES)" ] || $(MAKE) --no-print-directory jsonata-differential COUNT=1000
