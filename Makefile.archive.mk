# Archiving, listing and merging of receipts on the embedded store, on the disk that build/ is on.
ARCHIVE_RECEIPTS ?= 1000000
.PHONY: bench-archive

$(B)/bench-archive: $(call OBJ,test/bench/receipts_archive.c $(filter-out %_main.c,$(wildcard test/bench/sample*.c))) \
    $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

bench-archive:
	@$(MAKE) --no-print-directory -j2 VARIANT=release build/release/bench-archive
	@rm -rf build/bench/archive && mkdir -p build/bench
	@build/release/bench-archive build/bench/archive --receipts $(ARCHIVE_RECEIPTS) | tee build/bench/archive.jsonl
	@rm -rf build/bench/archive
