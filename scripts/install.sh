#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# install.sh KDIR DIRECTORY: puts DIRECTORY/vhqos.ko where modprobe finds it for the kernel that KDIR was prepared for.
# DESTDIR= goes before /lib/modules, for packages.

. "$(dirname "$0")/lib.sh"

[[ $# -eq 2 ]] || die "usage: make install KDIR=DIRECTORY, the prepared tree of the kernel to install for"
release=$(cat "$1/include/config/kernel.release")
modules=${DESTDIR:-}/lib/modules/$release
[[ -n ${DESTDIR:-} || -d $modules ]] || die "$modules is missing: install the kernel $release first, or set DESTDIR="
install -D -m 644 "$2/vhqos.ko" "$modules/updates/vhqos.ko" || die "cannot write $modules/updates: run this as root"
if [[ -z ${DESTDIR:-} ]]; then depmod "$release"; fi
printf 'vhqos: installed %s\n' "$modules/updates/vhqos.ko"
