#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make-debug.sh DIRECTORY: builds the debug kernel of $KERNEL with clang in DIRECTORY, as source/ and build/; runs inside the build
# root. The module's sources are in the tree already, so that it is one of its modules.

set -euo pipefail
directory=$1
mkdir -p "$directory/source" "$directory/build"
# Other machines, sound and graphics are not looked at by this configuration.
tar -xf /kernel/source.tar.xz -C "$directory/source" --strip-components=1 --wildcards --wildcards-match-slash \
	--exclude='*/Documentation/*/*' --exclude='*/arch/[!x]*/*.[cS]' --exclude='*/arch/[!x]*/*.dts*' \
	--exclude='*/sound/*.c' --exclude='*/drivers/gpu/drm/*.[ch]' --exclude='*/drivers/media/*.c' --exclude='*/drivers/net/ethernet/*.c' \
	--exclude='*/drivers/net/wireless/*.c' --exclude='*/drivers/staging/*.c' --exclude='*/tools/testing/*'
/src/scripts/in-tree.sh "$directory/source"

make=(make -C "$directory/source" "O=$directory/build" "-j$(nproc)" LLVM=1 ARCH=x86 "RUST_LIB_SRC=$(echo /usr/src/rustc-*/library)")
fragment=/src/qemu-test/debug/config
KCONFIG_ALLCONFIG=$fragment "${make[@]}" allnoconfig
"${make[@]}" olddefconfig

# An option that was asked for and is not on would make a test that says nothing.
missing=$(grep -E '^(CONFIG_|# CONFIG_.* is not set)' "$fragment" | while read -r line; do
	if [[ $line == \#* ]]; then
		name=${line#\# }
		if grep -qx "${name%% *}=[ym].*" "$directory/build/.config"; then printf '%s ' "$line"; fi
	elif ! grep -qxF "$line" "$directory/build/.config"; then
		printf '%s ' "$line"
	fi
done)
if [[ -n $missing ]]; then
	echo "vhqos: the debug kernel's configuration has not: $missing"
	exit 1
fi
# The module itself is left to test-debug.sh.
"${make[@]}" bzImage modules_prepare
