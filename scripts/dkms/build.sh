#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build.sh RELEASE BUILD: what dkms calls in a copy of the module's source: leaves built/vhqos.ko for the kernel RELEASE, whose headers are
# in the directory BUILD. Debian's headers have nothing of Rust, so that a tree is prepared from linux-source of the very same version
# first; a BUILD that is prepared for Rust is used as it is.

. "$(dirname "$0")/../lib.sh"

[[ $# -eq 2 ]] || die "usage: build.sh RELEASE BUILD"
release=$1 build=$2
export RUSTC=/usr/bin/rustc

# The version of a package that is unpacked, nothing if it is not: dkms is called while the headers are being configured.
version() {
	dpkg-query -W -f '${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n '/^\(not-installed\|config-files\) /d; s/^[^ ]* //p'
}

tree=$build
if [[ ! -f $build/rust/libkernel.rmeta ]]; then
	source=linux-source-$(cut -d . -f 1,2 <<<"$release")
	wanted=$(version "linux-headers-$release")
	[[ -n $wanted ]] || die "$build is not prepared for Rust, and not of a package linux-headers-$release: run 'make modules_prepare' there"
	[[ $(version "$source") == "$wanted" ]] || die "Linux $release needs its own source: apt install $source=$wanted"
	tree=$PWD/tree
	rm -rf "$tree"
	"$SCRIPTS/prepare-tree.sh" "/usr/src/$source.tar.xz" "$build" "$tree"
fi
"$SCRIPTS/build-module.sh" "$tree" "$PWD/built"
# A gigabyte, which dkms would copy and keep when the build fails later.
rm -rf "$PWD/tree" "$PWD/built/module"
