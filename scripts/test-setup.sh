#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test-setup.sh: that each failure of the set-up ends with status 1 and one line that says what is missing and what to do, and leaves
# nothing half-made. Runs on the host, as root; every cache of it is in memory, and goes with it.

# In mounts of its own.
if [[ ${1:-} != inside ]]; then exec unshare --mount --propagation private "$0" inside; fi

unset VHQOS_CACHE VHQOS_MIRROR VHQOS_ROOT
. "$(dirname "$0")/lib.sh"

place=$(mktemp -d)
trap 'umount "$place" && rmdir "$place"' EXIT
# As much as a set-up asks for, of which nothing is taken.
mount -t tmpfs -o size=16g,mode=755 none "$place"
mkdir "$place/tools" "$place/small" "$place/read-only" "$place/root"
mount -t tmpfs -o size=1m none "$place/small"
mount -t tmpfs -o ro none "$place/read-only"
trap 'umount -R "$place" && rmdir "$place"' EXIT
for directory in ${PATH//:/ }; do
	if [[ -d $directory ]]; then find "$directory" -maxdepth 1 ! -type d -exec ln -sft "$place/tools" {} +; fi
done

setup=$SCRIPTS/setup.sh
in_root=$SCRIPTS/in-root.sh
cannot_mount=(setpriv --bounding-set -sys_admin --inh-caps -sys_admin)
# Who is not root may at least read the checkout, wherever it is.
not_root=(setpriv --reuid 65534 --clear-groups --inh-caps +dac_read_search --ambient-caps +dac_read_search)
count=0

# tells PATTERN COMMAND...: COMMAND fails, and its line is like PATTERN; the cache is VHQOS_CACHE, or an empty one.
tells() {
	local pattern=$1 status=0 said left cache=${VHQOS_CACHE:-$place/cache}
	shift
	said=$(VHQOS_CACHE=$cache "$@" 2>&1 >"$place/output") || status=$?
	# shellcheck disable=SC2053
	[[ $status -eq 1 && $said != *$'\n'* && $said == "vhqos: "$pattern ]] ||
		die "$*: status $status, and 'vhqos: $pattern' was expected, not: $said"
	left=$(find "$cache" -mindepth 1 -maxdepth 1 ! -name log ! -name 'lock-*' 2>/dev/null || true)
	[[ -z $left ]] || die "$*: leaves $left"
	rm -rf --one-file-system "$place/cache"
	count=$((count + 1))
}

tells 'KERNEL=none *: use one of *' "$setup" none
tells 'this machine is i686: * use such a machine' setarch i686 "$setup"
tells '*: run it as root *' "${not_root[@]}" "$setup"
for tool in setpriv unshare chroot flock mount apt-config; do
	mv "$place/tools/$tool" "$place/"
	PATH=$place/tools tells "$tool is missing: use Debian *" "$setup"
	mv "$place/$tool" "$place/tools/"
done
tells 'no right to mount: run this as root *' "${cannot_mount[@]}" "$setup"
VHQOS_CACHE=/dev/null/cache tells 'cannot write to the cache */cache: set VHQOS_CACHE *' "$setup"
VHQOS_CACHE=$place/read-only tells 'cannot write to the cache */read-only: set VHQOS_CACHE *' "$setup"
VHQOS_CACHE=$place/small tells 'no room: * set VHQOS_CACHE *' "$setup"
VHQOS_MIRROR=http://127.0.0.1:9 tells 'no network: * set VHQOS_MIRROR *' "$setup"

# Behind a set-up that is complete.
tells 'there is no build root for *: run scripts/setup.sh *' "$in_root" true
tells 'the build root needs root: run this as root *' "${not_root[@]}" "$in_root" true
VHQOS_ROOT=$place/root tells 'no right to mount: run this as root *' "${cannot_mount[@]}" "$in_root" true
VHQOS_ROOT=$place/root VHQOS_CACHE=$place/read-only tells 'cannot write to the cache *' "$in_root" true

printf "check: the set-up's %d failures are told well\n" "$count"
