#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build-deb.sh DIRECTORY: the packages vhqos and vhqos-dkms, by debhelper with what is in scripts/debian. Runs inside the build root. They
# are the same, byte for byte, whenever and in whichever checkout they are made.

. "$(dirname "$0")/lib.sh"

[[ $# -eq 1 ]] || die "usage: build-deb.sh DIRECTORY"
mkdir -p "$1"
destination=$(realpath "$1")
cd "$CHECKOUT"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
[[ $(dpkg-parsechangelog -l scripts/debian/changelog -S Version) == "$version" ]] ||
	die "scripts/debian/changelog is not of version $version, as Cargo.toml is: add an entry (dch -c scripts/debian/changelog -v $version)"

# Debian wants its directory at the top, where this tree has none.
work=$VHQOS_OUT/deb
tree=$work/vhqos-$version
rm -rf "$work"
mkdir -p "$tree"
tar -c --exclude=target --exclude='*.o' --exclude='*.cmd' --exclude=bindings_generated.rs \
	Cargo.lock Cargo.toml Kbuild qemu-test rust scripts userspace-tool | tar -x -C "$tree"
mv "$tree/scripts/debian" "$tree/debian"
(cd "$tree" && dpkg-buildpackage --build=binary --no-sign --no-check-builddeps) >"$work/log" 2>&1 || { tail -n 20 "$work/log" && die "the packages do not build: see $work/log"; }
lintian --allow-root --fail-on error,warning "$work/"*.changes || die "lintian found the above"
cp "$work/"*.deb "$destination/"
rm -rf "$tree"
for package in "$work/"*.deb; do
	printf 'deb: %s, %d KiB\n' "$(basename "$package")" $(($(stat -c %s "$package") / 1024))
done
