#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make-kernel.sh: makes /kernel from the packages of $KERNEL; runs inside the build root, with /kernel writable. Leaves there
#   build/           the kernel tree, prepared for modules and for Rust as Debian configured it
#   source.tar.xz    the whole source, for the debug kernel
#   vmlinuz          the stock image
#   modules/         the image's modules that a guest may want, not compressed, as modules/lib/modules/RELEASE

set -euxo pipefail
SUITE=$1 SOURCE=$2 VERSION=$3 IMAGE=$4

apt=(apt-get -o Dir::State::Lists=/tmp/lists -o Dir::Cache=/tmp/apt -o APT::Sandbox::User=root -o Acquire::Retries=3 -q)
mkdir -p /tmp/lists /tmp/apt /kernel/deb
cd /kernel/deb
"${apt[@]}" update
"${apt[@]}" download "$SOURCE=$VERSION" "linux-headers-$KERNELRELEASE=$VERSION" "$IMAGE=$VERSION" "linux-modules-$KERNELRELEASE=$VERSION" ||
	{ echo "vhqos: the mirror has no $SOURCE, image or headers $VERSION ($SUITE) any more: choose another KERNEL= or VHQOS_MIRROR=" && exit 1; }
for package in *.deb; do
	dpkg-deb -x "$package" "${package%%_*}"
done

mv "$SOURCE/usr/src/$SOURCE.tar.xz" /kernel/source.tar.xz
mv "$(find "$IMAGE" -type f -name 'vmlinuz*' -print -quit)" /kernel/vmlinuz

# Modules of what a small virtual machine has.
modules=$(find "linux-modules-$KERNELRELEASE" -type d -path "*/lib/modules/$KERNELRELEASE")
kept=/kernel/modules/lib/modules/$KERNELRELEASE
mkdir -p "$kept"
find "$modules" -maxdepth 1 -type f -exec cp -t "$kept" {} +
for part in arch crypto fs lib net drivers/block drivers/char drivers/net/{dummy,tun,veth,virtio_net}.ko* drivers/scsi drivers/virtio; do
	if [[ -e $modules/kernel/$part ]]; then
		mkdir -p "$kept/kernel/$(dirname "$part")"
		cp -r "$modules/kernel/$part" "$kept/kernel/$part"
	fi
done
find "$kept" -name '*.ko.xz' -print0 | xargs -0 -P 2 -n 64 xz -d
depmod -b /kernel/modules "$KERNELRELEASE"

# The tree.
/src/scripts/prepare-tree.sh /kernel/source.tar.xz \
	"linux-headers-$KERNELRELEASE/usr/src/linux-headers-$KERNELRELEASE" /kernel/build
rm -rf /kernel/deb
