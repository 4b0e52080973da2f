#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# prepare-tree.sh ARCHIVE HEADERS DIRECTORY: unpacks the kernel's source ARCHIVE (Debian's linux-source) into DIRECTORY, and prepares it
# for modules in Rust as the kernel of HEADERS (Debian's linux-headers, which lack all of Rust) was configured.

set -euo pipefail

archive=$1 headers=$2 tree=$3
release=$(cat "$headers/include/config/kernel.release")
compiler=$(sed -n 's/^CONFIG_CC_VERSION_TEXT="\([^ ]*\).*/\1/p' "$headers/.config")
source=$(tar -tf "$archive" 2>/dev/null | sed -n '1 { s|/.*||p; q }' || true)

# What modules do not need of the source is left out: it halves the time.
mkdir "$tree"
tar -xf "$archive" -C "$tree" --strip-components=1 --anchored --wildcards --wildcards-match-slash \
	--exclude="$source/drivers/*.c" --exclude="$source/sound/*.c" --exclude="$source/fs/*.c" --exclude="$source/net/*.c" \
	--exclude="$source/drivers/*/asic_reg/*" --exclude="$source/tools/testing/*" --exclude="$source/Documentation/*/*" \
	--exclude="$source/arch/[!x]*/*.[cS]" --exclude="$source/arch/[!x]*/*.dts*"
cp "$headers/.config" "$tree/.config"
cp "$headers/.config" "$tree/.config.debian"
cp "$headers/Module.symvers" "$tree/"

make=(make -C "$tree" "-j$(nproc)" ARCH=x86 CROSS_COMPILE=x86_64-linux-gnu- "CC=$compiler" "HOSTCC=${compiler#x86_64-linux-gnu-}"
	"KERNELRELEASE=$release" "RUST_LIB_SRC=$(echo /usr/src/rustc-*/library)")
"${make[@]}" olddefconfig
# Kconfig takes the option away when a tool is missing or too old.
if ! grep -qx 'CONFIG_RUST=y' "$tree/.config"; then
	"${make[@]}" rustavailable || true
	echo "vhqos: the Rust tools here do not suit Linux $release: see above, and install rustc, rust-src and bindgen of its release of Debian"
	exit 1
fi
"${make[@]}" modules_prepare

# Prepared for Rust means these.
ls "$tree/rust/libkernel.rmeta" "$tree/rust/libmacros.so" >/dev/null
