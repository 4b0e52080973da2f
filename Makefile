# SPDX-License-Identifier: GPL-2.0
#
# Forwards to the scripts, to kbuild and to Cargo. Everything but `make module KDIR=...`, `make in-tree` and `make install` runs in the
# build root that scripts/setup.sh makes and keeps.
#
#: make demo               the main job: three hosts on one Apache, without and with the module
#: make test               every test on the stock kernel (KERNEL=, see scripts/kernels)
#: make test-debug         the guest tests on a kernel with lockdep, KASAN and their like
#: make test-long          what measures for minutes, on the stock kernel
#: make test-faults        on the same kernel: every allocation fails once
#: make test-kernels       builds for every kernel of scripts/kernels and passes the guest tests on each that boots
#: make bench              what the module costs, in instructions
#: make fuzz TIME=60       the fuzz targets of the grammar and of the parsers, so many seconds each
#: make module             vhqos.ko for KERNEL=, in the cache; with KDIR=... against that prepared tree, in out/
#: make install KDIR=...   puts that module below /lib/modules
#: make in-tree KSRC=...   puts the sources into a kernel source tree, as net/vhqos
#: make tool               the vhqos command with its manual pages and completions, in out/tool
#: make deb                the Debian packages vhqos and vhqos-dkms, in out
#: make test-packages      installs them on a Debian with systemd, boots it, upgrades its kernel, and removes them
#: make setup              only the build root, the kernel tree and the guest
#: make clean              removes what was built for this checkout; the cache of roots and kernels stays

KERNEL ?= $(shell awk '!/^\#/ && NF { print $$1; exit }' scripts/kernels)
TIME ?= 60
# Where `make module KDIR=...` leaves vhqos.ko. Not O, which is kbuild's.
OUTPUT ?= $(CURDIR)/out
IN_ROOT := scripts/in-root.sh --kernel $(KERNEL)

.PHONY: help setup test-setup check host-test module guest-test test test-debug test-long test-faults test-kernels demo bench fuzz tool deb test-packages in-tree install clean

help:
	@sed -n 's/^#: //p' Makefile

setup:
	@scripts/setup.sh $(KERNEL)

test-setup: setup
	@scripts/test-setup.sh

check: setup
	@$(IN_ROOT) scripts/check.sh

host-test: setup
	@$(IN_ROOT) cargo test --quiet --locked --workspace --exclude qemu-test

ifdef KDIR
module:
	@scripts/build-module.sh "$(KDIR)" "$(OUTPUT)"
else
module: setup
	@$(IN_ROOT) sh -c 'make --no-print-directory module KDIR="$$KDIR" OUTPUT="$$VHQOS_OUT"'
endif

guest-test: module
	@$(IN_ROOT) qemu-test/run.sh test $(FILTER)

# One after another, and the guest's verdict last.
test:
	@$(MAKE) --no-print-directory test-setup
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory host-test
	@$(MAKE) --no-print-directory module
	@$(IN_ROOT) scripts/check-object.sh
	@$(MAKE) --no-print-directory guest-test

test-debug: setup
	@scripts/debug-kernel.sh $(KERNEL)
	@$(IN_ROOT) scripts/test-debug.sh $(FILTER)

test-long:
	@VHQOS_SUBSET=long $(MAKE) --no-print-directory guest-test

test-faults:
	@VHQOS_SUBSET=faults $(MAKE) --no-print-directory test-debug

test-kernels:
	@scripts/test-kernels.sh

demo bench: module
	@$(IN_ROOT) qemu-test/run.sh $@

fuzz: setup
	@$(IN_ROOT) scripts/fuzz.sh $(TIME)

tool: setup
	@$(IN_ROOT) scripts/build-tool.sh out/tool

deb: setup
	@$(IN_ROOT) scripts/build-deb.sh out

test-packages: deb
	@scripts/test-packages.sh

in-tree:
	@scripts/in-tree.sh "$(KSRC)"

install: module
	@scripts/install.sh "$(KDIR)" "$(OUTPUT)"

clean:
	@scripts/clean.sh
