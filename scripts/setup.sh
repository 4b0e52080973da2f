#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# setup.sh [KERNEL]: makes what the other targets need, once, and keeps it in the cache: the build root, the kernel tree and
# image, the guest's root file system. Each lies under a key made of its inputs. Does nothing, at once, when all is there.

. "$(dirname "$0")/lib.sh"

use_kernel "${1:-${KERNEL:-}}"
ready() {
	[[ -d $ROOT && -d $TREE && -f $GUEST ]]
}
if ready; then exit 0; fi

. "$SCRIPTS/preconditions.sh"
check_host
check_cache
check_room

begin_work setup
if ready; then exit 0; fi
find_mirror
check_tools
export SUITE GCC KERNEL

if [[ ! -d $ROOT ]]; then
	step "build root ($SUITE, gcc-$GCC)" isolated "$SCRIPTS/make-root.sh" "$TMP/root"
	mv "$TMP/root" "$ROOT"
fi
if [[ ! -d $TREE ]]; then
	mkdir "$TMP/kernel"
	VHQOS_TREE=$TMP/kernel step "kernel $KERNEL" "$SCRIPTS/in-root.sh" --kernel "$KERNEL" \
		/src/scripts/make-kernel.sh "$SUITE" "$SOURCE" "$VERSION" "$IMAGE"
	mv "$TMP/kernel" "$TREE"
fi
if [[ ! -f $GUEST ]]; then
	step "guest root file system" isolated "$SCRIPTS/make-guest.sh" "$TMP/guest" "$TMP/guest.img"
	mv "$TMP/guest.img" "$GUEST"
fi
printf 'vhqos: set-up for %s is ready in %s after %d s\n' "$KERNEL" "$CACHE" "$SECONDS"
