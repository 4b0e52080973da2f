#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test-debug.sh [FILTER...]: builds the module in the debug kernel's tree and passes the guest tests on that kernel. Runs inside the
# build root, where debug-kernel.sh's work lies in /debug.

. "$(dirname "$0")/lib.sh"

[[ -n ${VHQOS_IN_ROOT:-} && -d /debug/build ]] || die "run 'make test-debug'"
mkdir -p "$VHQOS_OUT/debug"

# The tree is one for all checkouts.
exec 9>/debug/lock
flock 9
"$SCRIPTS/in-tree.sh" /debug/source >/dev/null
make -s -C /debug/source O=/debug/build "-j$(nproc)" LLVM=1 ARCH=x86 "RUST_LIB_SRC=$(echo /usr/src/rustc-*/library)" net/vhqos/vhqos.ko
cp /debug/build/net/vhqos/vhqos.ko "$VHQOS_OUT/debug/"
exec 9>&-

# Everything but vhqos is built in. The guest measures its boot and stretches its limits by that.
# no5lvl: while identify_cpu() of arch/x86 has the CPU's features cleared, an interrupt makes KASAN take the addresses of
# five-level paging for wild ones, and the boot ends now and then.
exec env "VMLINUZ=/debug/build/arch/x86/boot/bzImage" "KMODULES=/debug/build/net/vhqos" "VHQOS_OUT=$VHQOS_OUT/debug" \
	"VHQOS_SUBSET=${VHQOS_SUBSET:-debug}" "VHQOS_STRETCH=${VHQOS_STRETCH:-1}" "VHQOS_APPEND=no5lvl ${VHQOS_APPEND:-}" \
	"$CHECKOUT/qemu-test/run.sh" test "$@"
