#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test-packages.sh: installs the packages that `make deb` left in out/ on a Debian with systemd, boots it in QEMU, upgrades its kernel, and
# removes the packages again. What takes a compiler (the installation and the upgrade, for which dkms builds the module) is done in a
# chroot, because emulation would take an hour for it; all else is done by the booted machine, see scripts/machine/guest.sh.

. "$(dirname "$0")/lib.sh"
. "$SCRIPTS/preconditions.sh"

# The kernel that is there first, and the one that it is upgraded to: two versions of one series.
first=7.2.6+deb13 second=7.2.12+deb13
# Seconds that one boot may take.
limit=900

passed=0 failed=0

# record: the lines of a report, or of a check made here.
record() {
	local line
	while IFS= read -r line; do
		printf '%s\n' "$line"
		case $line in
		"ok "*) passed=$((passed + 1)) ;;
		"not ok "*) failed=$((failed + 1)) ;;
		esac
	done
}

# check TEXT COMMAND...: one check that is made here.
check() {
	local text=$1
	shift
	if "$@" >"$work/output" 2>&1; then
		record <<<"ok $text"
	else
		record <<<"not ok $text"
		tail -n 20 "$work/output" | sed 's/^/# /'
	fi
}

# in_machine COMMAND...: in the machine's file system, not booted.
in_machine() {
	# shellcheck disable=SC2016
	(isolated sh -c '
set -e
mount -o loop "$1" "$2"
root=$2; shift 2
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs run "$root/run"
chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive "$@"
' sh "$image" "$work/mount" "$@")
}

# boot PART KERNEL: boots the machine for a part of guest.sh, until it reboots.
boot() {
	local part=$1 release=$2-amd64 began=$SECONDS
	local report=$work/$part.report console=$work/$part.console
	in_machine cat "/boot/vmlinuz-$release" >"$work/vmlinuz"
	in_machine cat "/boot/initrd.img-$release" >"$work/initrd"
	: >"$report"
	timeout "$limit" "$SCRIPTS/in-root.sh" sh -c "cd /cache/out/$(basename "$OUT")/packages && exec qemu-system-x86_64 \
		-accel '${VHQOS_ACCEL:-tcg,thread=multi}' -cpu max -smp 2 -m 2G -no-reboot -display none -monitor none -nodefaults \
		-kernel vmlinuz -initrd initrd \
		-append 'root=/dev/vda rw console=ttyS0 panic=-1 panic_on_warn=1 oops=panic nmi_watchdog=0 tsc=reliable machine.part=$part' \
		-drive file=machine.img,format=raw,if=virtio,cache=unsafe -device virtio-serial-pci -serial file:$part.console \
		-chardev file,id=report,path=$part.report -device virtserialport,chardev=report,name=vhqos.report" || true
	record < <(tr -d '\r' <"$report" | grep -v '^end ')
	if grep -q "^end $part" "$report"; then
		printf 'packages: %s, on %s, %d s\n' "$part" "$release" $((SECONDS - began))
	else
		tail -n 30 "$console"
		record <<<"not ok the machine went through the part $part (see $console)"
	fi
}

find_packages() {
	packages=("$CHECKOUT"/out/vhqos_*_amd64.deb "$CHECKOUT"/out/vhqos-dkms_*_all.deb)
	[[ ${#packages[@]} -eq 2 && -f ${packages[0]} && -f ${packages[1]} ]] || die "out/ does not hold one of each package: run 'make clean deb'"
}

make_machine() {
	local key
	key=$(key "$SCRIPTS/make-machine.sh" "$SCRIPTS/packages.machine" "$(grep -F "$first" "$SCRIPTS/kernels")" "$(grep -F "$second" "$SCRIPTS/kernels")")
	machine=$CACHE/machine-$key.img
	if [[ -f $machine ]]; then return; fi
	check_room
	begin_work machine
	if [[ -f $machine ]]; then return; fi
	find_mirror
	check_tools
	step "machine (about 5 minutes)" isolated "$SCRIPTS/make-machine.sh" "$TMP/machine" "$TMP/machine.img" "$first" "$second"
	mv "$TMP/machine.img" "$machine"
	rm -rf --one-file-system "$TMP"
	exec 9>&-
}

use_kernel ""
check_host
find_packages
make_machine
work=$OUT/packages
mkdir -p "$work/mount"
image=$work/machine.img
cp --sparse=always "$machine" "$image"

began=$SECONDS
# shellcheck disable=SC2016
in_machine sh -c 'cd / && tar -x && echo "$1-amd64" >/opt/test/first && echo "$2-amd64" >/opt/test/second && systemctl enable /opt/test/vhqos-test.service' \
	sh "$first" "$second" < <(tar -c --transform 's|^|opt/test/|' -C "$SCRIPTS/machine" guest.sh vhqos-test.service -C "$CHECKOUT/out" "${packages[@]##*/}")
check "apt install ./vhqos_*.deb ./vhqos-dkms_*.deb" in_machine sh -c 'apt-get install -y /opt/test/*.deb'
cp "$work/output" "$work/installation"
check "the kernel without Rust is passed over, and named" grep -q 'Linux 6\..* has no Rust' "$work/installation"
check "the module is there for $first" in_machine sh -c "modinfo -k $first-amd64 vhqos"
check "it is signed with the machine's key" in_machine sh -c "modinfo -k $first-amd64 vhqos | grep -q ^sig_key"
printf 'packages: installed in %d s\n' $((SECONDS - began))
boot first "$first"
boot again "$first"
began=$SECONDS
check "the kernel is upgraded to $second" in_machine sh -c 'apt-get install -y /opt/test/next/*.deb'
check "the module is there for $second" in_machine sh -c "modinfo -k $second-amd64 vhqos"
printf 'packages: upgraded in %d s\n' $((SECONDS - began))
boot upgraded "$second"

printf '%d passed, %d failed\n' "$passed" "$failed"
[[ $failed -eq 0 ]] || exit 1
rm -f "$image"
