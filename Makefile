# Sheaf's one Makefile. `make` builds build/release/sheaf; `make test` installs what is missing,
# builds with the sanitizers and runs every test. VARIANT= chooses how objects are built:
# release (gcc -O2), san (address + undefined), tsan (threads), clang (release flags under clang),
# fuzz (clang with libFuzzer). Sources are found by wildcard; dependencies by the compiler.

VARIANT ?= release
B := build/$(VARIANT)

PACKAGES := $(shell sed -n 's/^\([a-z0-9][^ \#]*\).*/\1/p' tools/packages.txt)
LIBRARIES := libmicrohttpd libcurl libssl libcrypto sqlite3 libxml-2.0 libzstd libpcre2-8

CC_release := gcc
CC_san := gcc
CC_tsan := clang
CC_clang := clang
CC_fuzz := clang
CC := $(CC_$(VARIANT))

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef -Wswitch-enum \
  -Wimplicit-fallthrough -Wpointer-arith -Wcast-qual -Wwrite-strings -Wdouble-promotion \
  -Wnull-dereference -Werror
ifeq ($(CC),gcc)
WARN += -Wduplicated-cond -Wlogical-op -Wformat-signedness
endif
HARDEN := -O2 -g -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection \
  -ftrivial-auto-var-init=zero -D_FORTIFY_SOURCE=3
MODE_release := $(HARDEN)
MODE_clang := $(filter-out -ftrivial-auto-var-init=zero,$(HARDEN))
MODE_san := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
  -Wno-null-dereference
MODE_tsan := -O1 -g -fsanitize=thread
MODE_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
LINK_release := -pie -Wl,-z,relro,-z,now
LINK_clang := $(LINK_release)

# -iquote: <sys/file.h> is the C library's, "sys/file.h" is ours.
CFLAGS := -std=c17 -D_GNU_SOURCE $(WARN) $(MODE_$(VARIANT)) -iquote src -iquote . -iquote $(B)/gen \
  $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null | sed 's/-I/-isystem /g') -pthread
LDFLAGS := $(MODE_$(VARIANT)) $(LINK_$(VARIANT)) -pthread
LDLIBS = $(shell pkg-config --libs $(LIBRARIES)) -lm

SOURCES := $(sort $(shell find src -name '*.c'))
TESTS := $(filter %_test.c,$(SOURCES)) $(sort $(wildcard test/*.c test/contract/*.c test/fault/*.c))
MAIN := src/app/main.c
LIB := $(filter-out %_test.c $(MAIN),$(SOURCES))
PARTNERS := $(sort $(wildcard partners/*.c))
OBJ = $(patsubst %.c,$(B)/obj/%.o,$(1))
PARTNERS_LIB := $(filter-out partners/main.c %_test.c,$(PARTNERS))

.PHONY: all packages test check clean format
all: $(B)/sheaf

-include Makefile.*.mk

packages:
	@tools/packages $(PACKAGES)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo '  $(CC) $(VARIANT) $<'
	@$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/sheaf: $(call OBJ,$(LIB) $(MAIN))
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/test: $(call OBJ,$(LIB) $(PARTNERS_LIB) $(TESTS))
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# The sanitized tests, from nothing: the README's command.
test: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/test
	build/san/test

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
