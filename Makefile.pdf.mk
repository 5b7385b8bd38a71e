# Writing, joining, stamping, sealing and verifying of PDFs, on one core: a line of JSON for each, also
# in build/bench/pdf.jsonl.
.PHONY: bench-pdf
BENCH_PDF_FILES ?= 1000

$(B)/bench-pdf: $(call OBJ,test/bench/pdf_main.c test/pdf_fixture.c test/seal_fixture.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/bench-typeset: $(call OBJ,test/bench/typeset_main.c) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

bench-pdf: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/bench-pdf build/release/bench-typeset
	@mkdir -p build/bench
	@(build/release/bench-typeset $(BENCH_PDF_FILES); build/release/bench-pdf $(BENCH_PDF_FILES)) | \
	  tee build/bench/pdf.jsonl
