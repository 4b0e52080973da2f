#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make-guest.sh DIRECTORY IMAGE: makes the guest's root file system in DIRECTORY and of it IMAGE (erofs, not compressed: nothing
# to unpack while a guest runs under emulation). Apache is Debian's, with its prefork module.

. "$(dirname "$0")/lib.sh"

root=$1 image=$2
mapfile -t options < <(proxy_options)
mmdebstrap --mode=root --variant=minbase --format=directory --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
	"${options[@]}" \
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	--customize-hook='chroot "$1" a2dismod -q mpm_event || true' --customize-hook='chroot "$1" a2enmod -q mpm_prefork' \
	--include="$(list "$SCRIPTS/packages.guest" | paste -sd,)" trixie "$root" "deb $MIRROR trixie main"
rm -rf "$root/var/cache/apt" "$root/var/lib/apt/lists"
VHQOS_TREE=/nowhere "$SCRIPTS/in-root.sh" mkfs.erofs -L guest "/cache/${image#"$CACHE/"}" "/cache/${root#"$CACHE/"}"
