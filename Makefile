# SPDX-License-Identifier: BSD-2-Clause
# samepod: build, check, install. `make help` lists what a person would ask for.

CC ?= cc
CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
PREFIX ?= /usr/local
DESTDIR ?=
B := build

PKGS := libbpf libfyaml libxxhash libmnl
CFLAGS ?= -O2 -g
# -ffp-contract=off: table sizes must round as Envoy's do, on every machine.
USER_CFLAGS = -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -ffp-contract=off -Iuser -Iinclude -isystem $(B)/skel \
	$(shell pkg-config --cflags $(PKGS)) $(CFLAGS)
LIBS = $(shell pkg-config --libs $(PKGS))
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
BPF_CFLAGS = -target bpf -mcpu=v3 -std=gnu11 -O2 -g -Wall -Wextra -Iinclude \
	-idirafter /usr/include/$(shell $(CC) -dumpmachine)

V ?= 0
ifeq ($(V),0)
Q := @
say = @echo "  $(1)	$(2)"
endif

PURE := $(sort $(wildcard user/base/*.c user/manifest/*.c user/model/*.c user/table/*.c \
	user/plan/*.c))
EFFECTS := $(sort $(wildcard user/kernel/*.c user/out/*.c))
COMMANDS := $(sort $(wildcard user/*.c))
BPF := $(sort $(wildcard bpf/*.bpf.c))
SKELETONS := $(BPF:bpf/%.bpf.c=$(B)/skel/%.skel.h)
UNIT := $(sort $(wildcard tests/unit/test_*.c))

.DELETE_ON_ERROR:
.SUFFIXES:
.SECONDARY:
.PHONY: all check test bench demo lint fuzz vm-test install uninstall clean help

all: $(B)/samepod ## build the program and its BPF objects

$(B)/samepod: $(patsubst %.c,$(B)/%.o,$(COMMANDS) $(EFFECTS) $(PURE))
	$(call say,LINK,$@)
	$(Q)$(CC) $(USER_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# The same objects twice: as shipped, and with sanitizers for every test.
$(B)/%.o: %.c | $(SKELETONS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/san/%.o: %.c | $(SKELETONS)
	$(call say,CC,$< (sanitized))
	@mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) $(SANITIZE) -MMD -MP -c -o $@ $<

$(B)/san/samepod: $(patsubst %.c,$(B)/san/%.o,$(COMMANDS) $(EFFECTS) $(PURE))
	$(call say,LINK,$@)
	$(Q)$(CC) $(USER_CFLAGS) $(SANITIZE) -o $@ $^ $(LIBS)

$(B)/%.bpf.o: %.bpf.c
	$(call say,BPF,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/skel/%.skel.h: $(B)/bpf/%.bpf.o
	$(call say,SKEL,$@)
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $(subst -,_,$*)_bpf > $@

$(B)/tests/unit/%: $(B)/san/tests/unit/%.o $(patsubst %.c,$(B)/san/%.o,$(PURE))
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) $(SANITIZE) -o $@ $^ $(LIBS)

check: $(UNIT:%.c=$(B)/%) ## unit tests: no root, seconds
	$(Q)scripts/run-tests $(UNIT:%.c=$(B)/%)

test: ## everything, as a fresh machine would (root)
	scripts/test

demo: ## the main job in namespaces (root)
	scripts/demo

clean: ## remove what was built
	rm -rf $(B)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' $(MAKEFILE_LIST) | expand -t 16

-include $(shell find $(B) -name '*.d' 2>/dev/null)
