#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# in-tree.sh KSRC: puts the module's sources into the kernel source tree KSRC as net/vhqos, with its Kconfig entry and its line in
# net/Makefile. May be run again after a change: only files that differ are written.

. "$(dirname "$0")/lib.sh"

[[ $# -eq 1 && -n $1 ]] || die "usage: make in-tree KSRC=DIRECTORY, the root of a kernel source tree"
source=$1 place=$1/net/vhqos
[[ -f $source/net/Kconfig && -f $source/net/Makefile && -d $source/rust/kernel ]] ||
	die "KSRC=$source is not the source of a kernel with Rust: give the directory that holds net/Kconfig and rust/kernel"

cd "$CHECKOUT"
mapfile -t files < <(find Kbuild Kconfig rust -type f ! -name '*.o' ! -name '.*' ! -name '*.cmd' ! -name bindings_generated.rs)
for file in "${files[@]}"; do
	if ! cmp -s "$file" "$place/$file"; then
		mkdir -p "$(dirname "$place/$file")"
		cp "$file" "$place/$file"
	fi
done
# What is gone here goes there too.
find "$place" -name '*.rs' ! -name bindings_generated.rs -printf '%P\n' | while read -r file; do
	if [[ ! -f $file ]]; then rm "$place/$file"; fi
done

line='source "net/vhqos/Kconfig"'
grep -qxF "$line" "$source/net/Kconfig" || sed -i "0,/^source \"net\//s||$line\n&|" "$source/net/Kconfig"
grep -qxF "$line" "$source/net/Kconfig" || die "cannot find the place for '$line' in $source/net/Kconfig"
# shellcheck disable=SC2016
line='obj-$(CONFIG_VHQOS) += vhqos/'
grep -qxF "$line" "$source/net/Makefile" || printf '%s\n' "$line" >>"$source/net/Makefile"
printf 'vhqos: %s holds the module: set CONFIG_VHQOS=m\n' "$place"
