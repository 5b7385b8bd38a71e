# Sheaf's one Makefile. `make` builds build/release/sheaf; `make test` installs what is missing,
# builds with the sanitizers and runs every test; `make check` does all that CI does. VARIANT=
# chooses how objects are built: release (gcc -O2), san (address + undefined), tsan (threads), clang
# (release flags under clang), fuzz (clang with libFuzzer), cov (coverage). Sources are found by
# wildcard; dependencies by the compiler. The rest of a folder's targets are in Makefile.*.mk.

VARIANT ?= release
B := build/$(VARIANT)

PACKAGES := $(shell sed -n 's/^\([a-z0-9][^ :\#]*\)\( .*\)*$$/\1/p' tools/packages.txt)
CHECK_PACKAGES := $(shell sed -n 's/^check: *\([^ \#]*\).*/\1/p' tools/packages.txt)
LIBRARIES := libmicrohttpd libcurl libssl libcrypto sqlite3 libxml-2.0 libzstd libpcre2-8 libqpdf \
  harfbuzz harfbuzz-subset libdeflate libpng libunibreak libqrencode libcmark-gfm libseccomp

CC_release := gcc
CC_san := gcc
CC_tsan := clang
CC_clang := clang
CC_fuzz := clang
CC_cov := gcc
CC := $(CC_$(VARIANT))

WARN := -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes \
  -Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef -Wswitch-enum \
  -Wimplicit-fallthrough -Wpointer-arith -Wcast-qual -Wwrite-strings -Wdouble-promotion \
  -Wnull-dereference -Werror
ifeq ($(CC),gcc)
WARN += -Wduplicated-cond -Wlogical-op -Wformat-signedness
else
WARN += -Wno-string-conversion # assert(!"why this cannot be")
endif
HARDEN := -O2 -g -fPIE -fstack-protector-strong -fstack-clash-protection -fcf-protection \
  -ftrivial-auto-var-init=zero -D_FORTIFY_SOURCE=3
MODE_release := $(HARDEN)
MODE_clang := $(filter-out -ftrivial-auto-var-init=zero,$(HARDEN))
MODE_san := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all \
  -Wno-null-dereference
MODE_tsan := -O1 -g -fsanitize=thread
MODE_fuzz := -O1 -g -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
MODE_cov := -O0 -g --coverage -fprofile-update=atomic -Wno-null-dereference
LINK_release := -pie -Wl,-z,relro,-z,now
LINK_clang := $(LINK_release)

# -iquote: <sys/file.h> is the C library's, "sys/file.h" is ours.
BASE := -std=c17 -D_GNU_SOURCE -iquote src -iquote . -iquote $(B)/gen \
  $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null | sed 's/-I/-isystem /g') -pthread
CFLAGS := $(BASE) $(WARN) $(MODE_$(VARIANT))
LDFLAGS := $(MODE_$(VARIANT)) $(LINK_$(VARIANT)) -pthread
LDLIBS = $(shell pkg-config --libs $(LIBRARIES)) -lcmark-gfm-extensions -lhyphen -lm

SOURCES := $(sort $(shell find src -name '*.c'))
PARTNERS := $(sort $(wildcard partners/*.c))
TESTS := $(filter %_test.c,$(SOURCES) $(PARTNERS)) $(sort $(wildcard test/*.c test/contract/*.c \
  test/fault/*.c test/scenario/*.c))
MAIN := src/app/main.c
LIB := $(filter-out %_test.c $(MAIN),$(SOURCES)) gen/assets.c
# What is embedded into the program (core/asset.h): files of the tree, and files of Debian's packages,
# named here one by one, since the packages may be installed after make has read this.
SHARED_ASSETS := $(addprefix /usr/share/fonts/truetype/, lato/Lato-Regular.ttf lato/Lato-Bold.ttf \
  lato/Lato-Italic.ttf lato/Lato-BoldItalic.ttf dejavu/DejaVuSansMono.ttf) \
  $(addprefix /usr/share/hyphen/, hyph_sv_SE.dic hyph_en_GB.dic)
ASSETS := $(sort $(wildcard docs/openapi.json src/services/*/*.asl.json src/services/*/dictionary.bin) \
  $(shell find src/services/*/types src/services/*/templates src/services/*/lookups -type f 2>/dev/null)) $(SHARED_ASSETS)
OBJ = $(patsubst %.c,$(B)/obj/%.o,$(1))
PARTNERS_LIB := $(filter-out partners/main.c %_test.c,$(PARTNERS))

FUZZ := $(basename $(notdir $(wildcard test/fuzz/*_fuzz.c)))
FUZZ_SECONDS ?= 60
prefix ?= /usr/local
UNITS ?= $(prefix)/lib/systemd/system
SOURCE_FOLDERS := $(wildcard src partners test tools)

.PHONY: all objects packages test check checks tidy fuzz coverage install format clean
all: $(B)/sheaf
objects: $(call OBJ,$(LIB))

-include Makefile.*.mk

packages:
	@tools/packages $(PACKAGES)

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo '  $(CC) $(VARIANT) $<'
	@$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

build/embed: tools/embed.c
	@mkdir -p $(@D)
	@gcc -std=c17 -Wall -Wextra -Werror -O1 $< -o $@

# A new list of assets makes the old table void, as a new asset does.
ifneq ($(file <build/assets.list),$(ASSETS))
$(shell mkdir -p build && rm -f build/*/gen/assets.c)$(file >build/assets.list,$(ASSETS))
endif
$(B)/gen/assets.c: build/embed $(ASSETS)
	@mkdir -p $(@D)
	@build/embed $(ASSETS) >$@.new && mv $@.new $@
$(B)/obj/gen/%.o: $(B)/gen/%.c
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/libsheaf.a: $(call OBJ,$(LIB))
	@rm -f $@ && ar rcs $@ $^

$(B)/sheaf: $(call OBJ,$(MAIN)) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(B)/test: $(call OBJ,$(TESTS) $(PARTNERS_LIB)) $(B)/libsheaf.a
	@echo '  link $@'
	@$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

# The sanitized tests, from nothing: the README's command.
test: packages clients
	@$(MAKE) --no-print-directory -j2 VARIANT=san build/san/test build/san/sheaf build/san/function
	@tools/total build/san/test test/scenario/cli test/scenario/states test/scenario/worker

# All that CI runs, fastest opinion first: all opinions of the first row, then what builds, up to the
# first red; each also runs alone (`make check-tidy`). The thread sanitizer's build is the one that
# shows clang's warnings: the tree is built twice with gcc and twice with clang, none for one use only.
OPINIONS := format layers includes banned limits documented tools headers
BUILDS := gcc clang san tidy cppcheck threads conformance crash flow-crash signing-crash fuzz
STAGE = tools/stage $(1) $(MAKE) --no-print-directory -j2 check-$(1)

check: checks test
checks:
	@tools/packages $(PACKAGES) $(CHECK_PACKAGES)
	@red=; for stage in $(OPINIONS); do $(call STAGE,$$stage) || red=1; done; [ -z "$$red" ]
	@for stage in $(BUILDS); do $(call STAGE,$$stage) || exit 1; done

check-format:
	@find $(SOURCE_FOLDERS) -name '*.[ch]' | xargs -P2 -n20 clang-format --dry-run -Werror
check-layers check-includes check-banned check-limits check-documented: check-%:
	@tools/$*
check-tools:
	@tools/test
check-headers:
	@tools/headers gcc $(BASE) $(WARN)
	@tools/headers clang $(BASE) -Wall -Wextra -Wpedantic -Werror
check-gcc:
	@$(MAKE) VARIANT=release $(if $(wildcard $(MAIN)),all,objects)
check-clang:
	@$(MAKE) VARIANT=tsan build/tsan/test
check-san:
	@$(MAKE) VARIANT=san build/san/test
check-tidy:
	@$(MAKE) -k VARIANT=san tidy
# Off: what cppcheck 2.10 cannot parse (compound literals behind ?:), a guess it calls inconclusive,
# the address of a local given to who answers before the function ends, and what it thinks of
# functions that return a `struct template *`, a word of C++.
check-cppcheck:
	@cppcheck --enable=warning,performance,portability --std=c11 --inline-suppr --quiet -j2 \
	  --error-exitcode=1 --suppress=missingIncludeSystem --suppress=internalAstError \
	  --suppress=pointerOutOfBoundsCond --suppress=autoVariables \
	  --suppress=CastIntegerToAddressAtReturn -D_GNU_SOURCE -Isrc -I. $(SOURCE_FOLDERS)
check-threads:
	@$(MAKE) VARIANT=tsan build/tsan/test
	build/tsan/test src/sys/ src/http/ src/store/ src/flow/ test/contract/
check-conformance:
	@$(MAKE) conformance
check-fuzz:
	@$(MAKE) FUZZ_SECONDS=5 fuzz

# A file is read again by clang-tidy when its object was built again. At the analyser's own limit of
# 225,000 states a function takes four times as long and found nothing more.
TIDY := $(BASE) -Xclang -analyzer-config -Xclang max-nodes=50000
tidy: $(patsubst %.c,build/tidy/%.ok,$(SOURCES) $(PARTNERS) $(TESTS))
build/tidy/%.ok: $(B)/obj/%.o .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet $*.c -- $(TIDY) 2>/dev/null # its count of warnings in others' headers
	@touch $@

# Each target of test/fuzz for FUZZ_SECONDS, two at a time; what it learns stays in build/corpus.
fuzz: packages
	@tools/packages $(CHECK_PACKAGES)
	@$(MAKE) --no-print-directory -j2 VARIANT=fuzz $(FUZZ:%=build/fuzz/%)
	@mkdir -p $(FUZZ:%=build/corpus/%)
	@printf '%s\n' $(FUZZ) | xargs -P2 -I TARGET \
	  tools/fuzz build/fuzz/TARGET build/corpus/TARGET $(FUZZ_SECONDS)
$(FUZZ:%=$(B)/%): $(B)/%: $(B)/obj/test/fuzz/%.o $(B)/libsheaf.a
	@$(CC) $(LDFLAGS) -fsanitize=fuzzer $^ $(LDLIBS) -o $@

# Lines executed by the tests, a row a folder.
coverage: packages
	@$(MAKE) --no-print-directory -j2 VARIANT=cov build/cov/test
	@find build/cov -name '*.gcda' -delete
	build/cov/test
	@tools/coverage build/cov $(SOURCES)

install: all
	install -D -m 755 $(B)/sheaf $(DESTDIR)$(prefix)/bin/sheaf
	install -d $(DESTDIR)$(UNITS)
	sed 's|@prefix@|$(prefix)|' infra/sheaf.service >$(DESTDIR)$(UNITS)/sheaf.service
	install -m 644 infra/sheaf.socket $(DESTDIR)$(UNITS)/sheaf.socket

# Lays out all sources, after setting the braces that clang-tidy asks for.
format:
	@find src partners test -name '*.c' | xargs -P2 -I FILE clang-tidy --quiet --fix --header-filter='^$$' \
	  --checks='-*,readability-braces-around-statements' FILE -- $(BASE) >/dev/null 2>&1 || true
	@find $(SOURCE_FOLDERS) -name '*.[ch]' | xargs clang-format -i

clean:
	rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
