# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What a set-up needs of the machine, each checked before anything is made. To be sourced after lib.sh.

# What a set-up of one kernel takes at its widest, in MiB.
ROOM=8192

check_host() {
	[[ $(uname -m) == x86_64 ]] || die "this machine is $(uname -m): the module and its tests are for x86_64 only, use such a machine"
	[[ $EUID -eq 0 ]] || die "the set-up makes a root file system and mounts: run it as root (sudo make ...)"
	local tool
	for tool in setpriv unshare chroot flock mount apt-config; do
		command -v "$tool" >/dev/null || die "$tool is missing: use Debian 12 or 13, with util-linux, coreutils and apt installed"
	done
	check_mounts
}

check_room() {
	local free
	free=$(df --output=avail -m "$CACHE" | tail -n 1)
	[[ $free -ge $ROOM ]] ||
		die "no room: $CACHE has $((free)) MiB free, a set-up needs $ROOM MiB: make room or set VHQOS_CACHE to another disk"
}

check_tools() {
	if command -v mmdebstrap >/dev/null; then return; fi
	command -v apt-get >/dev/null || die "mmdebstrap is missing and there is no apt-get to install it: use Debian 12 or 13"
	mkdir -p "$CACHE/log"
	printf 'vhqos: mmdebstrap is missing, installing it with apt-get\n'
	{ apt-get install -y --no-install-recommends mmdebstrap || { apt-get update && apt-get install -y --no-install-recommends mmdebstrap; }; } \
		>"$CACHE/log/apt-get.log" 2>&1 9>&- ||
		die "mmdebstrap is missing and apt-get cannot install it (see $CACHE/log/apt-get.log): install it, then run this again"
}

# The mirrors of Debian that the host's own apt may be using, one a line; apt reads its sources itself, in whatever form they are.
mirrors() {
	local repository list
	apt-get update --print-uris 2>/dev/null | sed -n "s|^'\(.*\)/dists/[^/]*/InRelease' .*|\1|p" | while read -r repository; do
		case $repository in
		http://* | https://*) printf '%s\n' "$repository" ;;
		mirror+file:*)
			# A file of mirrors, as on Debian's own cloud images.
			list=${repository#mirror+file:}
			awk '/^https?:/ { sub(/\/$/, "", $1); print $1 }' "/${list##/}" 2>/dev/null || true
			;;
		esac
	done | awk '!seen[$0]++'
}

# Sets MIRROR, for this script and those that it calls, to a mirror that has the suite: VHQOS_MIRROR, or one of the host's.
find_mirror() {
	local candidate release=$CACHE/.tmp-release
	local -a options candidates=("${VHQOS_MIRROR:-}")
	mapfile -t options < <(proxy_options | sed 's/^--aptopt=\([^ ]*\) "\(.*\)"$/-o\n\1=\2/')
	if [[ -z ${VHQOS_MIRROR:-} ]]; then mapfile -t candidates < <(mirrors); fi
	[[ ${#candidates[@]} -gt 0 ]] || die "apt's sources name no mirror: set VHQOS_MIRROR to the address of a Debian mirror"
	for candidate in "${candidates[@]}"; do
		candidate=${candidate%/}
		/usr/lib/apt/apt-helper "${options[@]}" -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
			download-file "$candidate/dists/$SUITE/InRelease" "$release" >/dev/null 2>&1 || continue
		# Others have suites of the same names.
		if grep -qx 'Origin: Debian' "$release" && grep -qx 'Label: Debian' "$release"; then
			rm -f "$release"
			export MIRROR=$candidate VHQOS_MIRROR=$candidate
			return
		fi
	done
	rm -f "$release"
	die "no network: none of ${candidates[*]} gives Debian's $SUITE: check the connection and apt's proxy, or set VHQOS_MIRROR to a Debian mirror"
}
