#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# make-machine.sh DIRECTORY IMAGE FIRST SECOND: makes a Debian trixie with systemd in DIRECTORY and of it IMAGE (ext4), with the kernel
# FIRST of scripts/kernels from backports, the stable one of trixie, which has no Rust, and the packages of the kernel SECOND in
# /opt/test/next, not installed.

. "$(dirname "$0")/lib.sh"

root=$1 image=$2 first=$3 second=$4

# packages_of KERNEL: the image, the headers and the source, with their versions.
packages_of() {
	use_kernel "$1"
	printf '%s ' "linux-image-$KERNELRELEASE=$VERSION" "linux-headers-$KERNELRELEASE=$VERSION" "$SOURCE=$VERSION"
}

# The kernels of backports need its linux-base.
preferences='Package: linux-base\nPin: release n=trixie-backports\nPin-Priority: 990\n'
mapfile -t options < <(proxy_options)
mmdebstrap --mode=root --variant=apt --format=directory --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
	"${options[@]}" --aptopt='APT::Install-Recommends "false"' \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	--setup-hook="mkdir -p \"\$1/etc/apt/preferences.d\" \"\$1/etc/initramfs-tools/conf.d\" \"\$1/opt/test/next\"" \
	--setup-hook="printf '$preferences' >\"\$1/etc/apt/preferences.d/kernel\"" \
	--setup-hook="echo MODULES=list >\"\$1/etc/initramfs-tools/conf.d/small\"" \
	--setup-hook="printf 'virtio_pci\nvirtio_blk\next4\n' >\"\$1/etc/initramfs-tools/modules\"" \
	--customize-hook="chroot \"\$1\" apt-get install -y linux-headers-amd64 $(packages_of "$first")" \
	--customize-hook='chroot "$1" apt-get clean' \
	--customize-hook="chroot \"\$1\" apt-get install -y --download-only $(packages_of "$second")" \
	--customize-hook="find \"\$1/var/cache/apt/archives\" -name '*.deb' -exec mv -t \"\$1/opt/test/next\" {} +" \
	--customize-hook='chroot "$1" systemd-machine-id-setup' \
	--include="$(list "$SCRIPTS/packages.machine" | paste -sd,)" trixie "$root" "deb $MIRROR trixie main" "deb $MIRROR trixie-backports main"
VHQOS_TREE=/nowhere "$SCRIPTS/in-root.sh" mke2fs -q -t ext4 -L machine -d "/cache/${root#"$CACHE/"}" "/cache/${image#"$CACHE/"}" 8G
