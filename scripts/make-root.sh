#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make-root.sh DIRECTORY: makes the build root for the suite and compiler of $SUITE and $GCC in DIRECTORY.

. "$(dirname "$0")/lib.sh"

root=$1
sources=("deb $MIRROR $SUITE main")
if [[ $SUITE == trixie ]]; then
	sources+=("deb $MIRROR trixie-backports main")
fi

# pahole and elfutils are those of the kernel's suite (backports), all else is the suite's own.
preferences='Package: pahole libdwarves1 libelf* libdw* libdebuginfod* libasm*\nPin: release a=trixie-backports\nPin-Priority: 990\n'

mapfile -t options < <(proxy_options)
include=$(list "$SCRIPTS/packages.build" | sed "s/@GCC@/$GCC/" | paste -sd,)
mmdebstrap --mode=root --variant=apt --format=directory --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
	"${options[@]}" \
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	--setup-hook="mkdir -p \"\$1/etc/apt/preferences.d\" && printf '$preferences' >\"\$1/etc/apt/preferences.d/kernel\"" \
	--include="$include" "$SUITE" "$root" "${sources[@]}"

# Mount points and what in-root.sh puts files of the host upon.
mkdir -p "$root/src" "$root/cache" "$root/kernel" "$root/debug"
: >"$root/etc/resolv.conf"
ln -sf "/usr/bin/gcc-$GCC" "$root/usr/local/bin/gcc"
ln -sf "/usr/bin/gcc-$GCC" "$root/usr/local/bin/cc"
ln -sf "/usr/bin/g++-$GCC" "$root/usr/local/bin/c++"
