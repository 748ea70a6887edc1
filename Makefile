# SPDX-License-Identifier: BSD-2-Clause
# samepod: build, check, install. `make help` lists what a person would ask for.

CC ?= cc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PREFIX ?= /usr/local
DESTDIR ?=
KERNEL ?= 6.1
FUZZ_SECONDS ?= 300
B := build

# --- Flags ---------------------------------------------------------------------------
PKGS := libbpf libfyaml libxxhash libmnl libseccomp
CFLAGS ?= -O2 -g
# -ffp-contract=off: table sizes must round as Envoy's do, on every machine.
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
USER_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARNINGS) -ffp-contract=off -Iuser -Iinclude \
	-isystem $(B)/skel $(PKGS_CFLAGS) $(CFLAGS)
PKGS_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS = $(shell pkg-config --libs $(PKGS)) -lm
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FUZZ := -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
BPF_CFLAGS = -target bpf -mcpu=v3 -std=gnu11 -O2 -g -Wall -Wextra -Iinclude -Ibpf \
	-idirafter /usr/include/$(shell $(CC) -dumpmachine)

V ?= 0
ifeq ($(V),0)
Q := @
say = @echo "  $(1)	$(2)"
endif

# --- Sources -------------------------------------------------------------------------
PURE := $(sort $(wildcard user/base/*.c user/manifest/*.c user/model/*.c user/table/*.c \
	user/plan/*.c user/http/*.c))
EFFECTS := $(sort $(wildcard user/kernel/*.c user/l7/*.c user/out/*.c))
COMMANDS := $(sort $(wildcard user/*.c))
BPF := $(sort $(wildcard bpf/*.bpf.c))
TESTS_BPF := $(sort $(wildcard tests/*/*.bpf.c))
SKELETONS := $(patsubst %.bpf.c,$(B)/skel/%.skel.h,$(notdir $(BPF)))
TESTS_SKELETONS := $(patsubst %.bpf.c,$(B)/skel/%.skel.h,$(notdir $(TESTS_BPF)))

# In a folder of tests, test_*.c, bench_*.c and fuzz_*.c are programs; any other .c of it
# is linked into each of them.
programs_of = $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/$(1)/$(2)_*.c)))
helpers_of = $(filter-out tests/$(1)/$(2)_%.c %.bpf.c,$(sort $(wildcard tests/$(1)/*.c)))
plain = $(patsubst %.c,$(B)/%.o,$(1))
san = $(patsubst %.c,$(B)/san/%.o,$(1))
fuzz = $(patsubst %.c,$(B)/fuzz/%.o,$(1))

UNIT := $(call programs_of,unit,test)
PACKETS := $(call programs_of,packets,test)
KERNEL_TESTS := $(call programs_of,kernel,test)
L7_TESTS := $(call programs_of,l7,test)
BENCH := $(call programs_of,bench,bench)
FUZZERS := $(call programs_of,fuzz,fuzz)
BENCH_TOOLS := $(patsubst %.c,$(B)/%,$(sort $(wildcard tests/bench/l7/*.c)))

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all check tests test bench conform demo lint fuzz vm-test install uninstall clean help

all: $(B)/samepod $(B)/samepod.8 ## build the program and its BPF objects

# --- Objects: as shipped, with sanitizers for tests, with coverage for fuzzers ---------
# -MD, not -MMD: skeletons are system headers to the compiler, and must count.
$(B)/%.o: %.c | $(SKELETONS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -MD -MP -c -o $@ $<

$(B)/san/%.o: %.c | $(SKELETONS)
	$(call say,CC,$< (sanitized))
	@mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) $(SANITIZE) -MD -MP -c -o $@ $<

$(B)/fuzz/%.o: %.c | $(SKELETONS)
	$(call say,CLANG,$< (fuzzed))
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(USER_CFLAGS) $(FUZZ) -MD -MP -c -o $@ $<

$(B)/tests/%.o $(B)/san/tests/%.o: USER_CFLAGS += -Itests/unit -Itests/packets
$(call san,$(wildcard tests/*/*.c)) $(call plain, \
	$(filter-out %.bpf.c,$(wildcard tests/bench/*.c))): \
	| $(TESTS_SKELETONS)

$(B)/%.bpf.o: %.bpf.c
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

define skeleton_rule
$(B)/skel/%.skel.h: $(B)/$(1)/%.bpf.o
	$$(call say,SKEL,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(BPFTOOL) gen skeleton $$< name $$(subst -,_,$$*)_bpf > $$@
endef
$(foreach folder,bpf $(sort $(patsubst %/,%,$(dir $(TESTS_BPF)))), \
	$(eval $(call skeleton_rule,$(folder))))

# --- Programs ------------------------------------------------------------------------
link = $(CC) $(USER_CFLAGS) $(1) $(LDFLAGS) -o $@ $^ $(LIBS)

$(B)/samepod: $(call plain,$(COMMANDS) $(EFFECTS) $(PURE))
	$(call say,LINK,$@)
	$(Q)$(call link)

# The manual page: prose, and the tables that the program itself prints help from.
$(B)/man/%: $(B)/samepod
	@mkdir -p $(@D)
	$(Q)$< help --man $* > $@

MAN_PARTS := commands options reasons events flags faults endings metrics decap

$(B)/samepod.8: user/samepod.8.in $(addprefix $(B)/man/,$(MAN_PARTS))
	$(call say,MAN,$@)
	$(Q)sed -e '/^@COMMANDS@$$/{r $(B)/man/commands' -e 'd;}' \
		-e '/^@OPTIONS@$$/{r $(B)/man/options' -e 'd;}' \
		-e '/^@REASONS@$$/{r $(B)/man/reasons' -e 'd;}' \
		-e '/^@EVENTS@$$/{r $(B)/man/events' -e 'd;}' \
		-e '/^@FLAGS@$$/{r $(B)/man/flags' -e 'd;}' \
		-e '/^@FAULTS@$$/{r $(B)/man/faults' -e 'd;}' \
		-e '/^@ENDINGS@$$/{r $(B)/man/endings' -e 'd;}' \
		-e '/^@METRICS@$$/{r $(B)/man/metrics' -e 'd;}' \
		-e '/^@DECAP@$$/{r $(B)/man/decap' -e 'd;}' $< > $@

$(B)/san/samepod: $(call san,$(COMMANDS) $(EFFECTS) $(PURE))
	$(call say,LINK,$@)
	$(Q)$(call link,$(SANITIZE))

$(UNIT): $(B)/%: $(B)/san/%.o \
	$(call san,$(call helpers_of,unit,test) $(EFFECTS) $(PURE))
$(PACKETS): $(B)/%: $(B)/san/%.o $(call san,$(call helpers_of,packets,test) $(PURE))
$(KERNEL_TESTS): $(B)/%: $(B)/san/%.o \
	$(call san,$(call helpers_of,kernel,test) $(EFFECTS) $(PURE))
$(L7_TESTS): $(B)/%: $(B)/san/%.o \
	$(call san,$(call helpers_of,l7,test) $(EFFECTS) $(PURE))
$(UNIT) $(PACKETS) $(KERNEL_TESTS) $(L7_TESTS):
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(call link,$(SANITIZE))

$(BENCH): $(B)/%: $(B)/%.o $(call plain,$(call helpers_of,bench,bench) \
	$(call helpers_of,packets,test) $(EFFECTS) $(PURE))
	$(call say,LINK,$@)
	$(Q)$(call link)

$(BENCH_TOOLS): $(B)/%: $(B)/%.o
	$(call say,LINK,$@)
	$(Q)$(call link)

$(FUZZERS): $(B)/%: $(B)/fuzz/%.o $(call fuzz,$(call helpers_of,fuzz,fuzz) $(PURE))
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(USER_CFLAGS) $(FUZZ) -o $@ $^ $(LIBS)

# The other parser that ours is measured by, and compared with.
$(B)/tests/bench/bench_http $(B)/tests/fuzz/fuzz_http_peer: LIBS += -lhttp_parser

# --- What a person asks for ------------------------------------------------------------
check: $(UNIT) ## unit tests: no root, seconds
	$(Q)scripts/run-tests $(UNIT)

tests: $(B)/samepod $(B)/san/samepod $(UNIT) $(PACKETS) $(KERNEL_TESTS) $(L7_TESTS) \
	$(FUZZERS) ## build every test, run none

test: ## everything, as on a fresh machine (root)
	scripts/test

bench: $(B)/samepod $(BENCH) $(BENCH_TOOLS) ## how fast, against a floor measured in the same run (root)
	$(Q)set -e; for bench in $$(scripts/list-tests bench); do echo "== $$bench"; $$bench; done

conform: $(B)/samepod ## samepod l7 beside a real Envoy: pods and cookies compared (root)
	tests/conform/test_conform

demo: ## the main job in namespaces, with real httpbin pods (root)
	scripts/demo

lint: $(SKELETONS) $(TESTS_SKELETONS) ## format, clang-tidy, cppcheck, shellcheck, house rules
	CFLAGS="$(USER_CFLAGS)" scripts/lint

fuzz: $(FUZZERS) ## fuzz for FUZZ_SECONDS=300 each
	scripts/run-fuzz $(FUZZ_SECONDS)

vm-test: tests ## packet and namespace tests in a VM: KERNEL=6.1|6.12|newest|IMAGE
	vm-test/run $(KERNEL)

install: all ## install program, manual page and licences (DESTDIR=, PREFIX=)
	install -D -m 755 $(B)/samepod $(DESTDIR)$(PREFIX)/sbin/samepod
	install -D -m 644 $(B)/samepod.8 $(DESTDIR)$(PREFIX)/share/man/man8/samepod.8
	install -d $(DESTDIR)$(PREFIX)/share/doc/samepod
	install -m 644 README.md LICENSE* $(DESTDIR)$(PREFIX)/share/doc/samepod

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/sbin/samepod $(DESTDIR)$(PREFIX)/share/man/man8/samepod.8
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/samepod

clean: ## remove what was built and fetched
	rm -rf $(B)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

-include $(shell find $(B) -path $(B)/vm -prune -o -name '*.d' -type f -print 2>/dev/null)
