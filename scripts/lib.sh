# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# What the scripts here share: messages, the cache and its keys, the table of kernels. To be sourced.

set -euo pipefail
export LC_ALL=C

SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHECKOUT=$(dirname "$SCRIPTS")
MIRROR=${VHQOS_MIRROR:-}
CACHE=${VHQOS_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vhqos}

# Says in one line what is wrong and what to do, and ends.
die() {
	printf 'vhqos: %s\n' "$*" >&2
	exit 1
}

# step TEXT COMMAND...: runs a step with its output in a log, and prints one line with its seconds.
step() {
	local text=$1 start=$SECONDS log=$CACHE/log/${1//[^A-Za-z0-9.+-]/_}.log
	shift
	mkdir -p "$CACHE/log"
	printf 'vhqos: %s ...' "$text"
	"$@" >"$log" 2>&1 &
	CHILD=$!
	if wait "$CHILD"; then
		CHILD=
		printf ' %d s\n' $((SECONDS - start))
	else
		CHILD=
		printf ' failed\n'
		# A command that knows what to do says so in a line of its own.
		grep '^vhqos: ' "$log" | tail -n 1 >&2 && exit 1
		tail -n 15 "$log" >&2
		die "$text: failed after $((SECONDS - start)) s; all of its output is in $log"
	fi
}

# isolated COMMAND...: runs COMMAND with mounts and processes of its own, so that all of it ends when it or its parent is killed.
isolated() {
	exec setpriv --pdeathsig KILL \
		unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$@"
}

# What every run needs of the machine, and a cache that is complete does not prove.
check_mounts() {
	(isolated mount -t tmpfs none /mnt) 2>/dev/null ||
		die "no right to mount: run this as root of the machine, or in a container with CAP_SYS_ADMIN (docker run --privileged)"
}

check_cache() {
	{ mkdir -p "$CACHE" && [[ -w $CACHE ]]; } 2>/dev/null ||
		die "cannot write to the cache $CACHE: set VHQOS_CACHE to a directory that can be made and written"
}

# key FILE... TEXT...: a short digest of files (by content) and texts.
key() {
	local item
	for item in "$@"; do
		if [[ -f $item ]]; then cat "$item"; else printf '%s\n' "$item"; fi
	done | sha256sum | cut -c 1-12
}

# The lines of a list without comments and empty lines.
list() {
	sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$@"
}

# begin_work KIND: from here on no other set-up of that kind runs. TMP is a directory for what is not finished; what a killed one
# left is removed.
begin_work() {
	exec 9>"$CACHE/lock-$1"
	if ! flock -n 9; then
		printf 'vhqos: waiting for another set-up to end\n'
		flock 9
	fi
	find "$CACHE" -mindepth 1 -maxdepth 1 -name ".tmp-$1-*" -exec rm -rf --one-file-system {} +
	TMP=$CACHE/.tmp-$1-$$
	trap end_work EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	mkdir "$TMP"
}

# Ends the step that runs, if any, and leaves nothing half-made.
end_work() {
	if [[ -n ${CHILD:-} ]]; then
		printf ' interrupted\n'
		kill -KILL "$CHILD" 2>/dev/null || true
		wait "$CHILD" 2>/dev/null || true
	fi
	# The last processes of a killed step may still be writing.
	rm -rf --one-file-system "$TMP" 2>/dev/null || { sleep 1 && rm -rf --one-file-system "$TMP"; }
}

# The host's own proxies for apt, as options of mmdebstrap, one a line; and that an old signature on the lists is good enough, as the
# versions of what matters are fixed: a mirror that stands still must not stop the set-up.
proxy_options() {
	local scheme proxy
	printf -- '--aptopt=Acquire::Check-Valid-Until "false"\n'
	for scheme in http https; do
		eval "$(apt-config shell proxy "Acquire::$scheme::Proxy")"
		if [[ -n ${proxy:-} ]]; then printf -- '--aptopt=Acquire::%s::Proxy "%s"\n' "$scheme" "$proxy"; fi
		proxy=
	done
}

# use_kernel [NAME]: sets KERNEL and what the table says of it, and the paths of the cache for it.
use_kernel() {
	local row
	KERNEL=${1:-$(list "$SCRIPTS/kernels" | awk 'NR == 1 { print $1 }')}
	row=$(list "$SCRIPTS/kernels" | awk -v k="$KERNEL" '$1 == k')
	[[ -n $row ]] || die "KERNEL=$KERNEL is not in scripts/kernels: use one of$(list "$SCRIPTS/kernels" | awk '{ printf " %s", $1 }')"
	read -r _ SUITE SOURCE VERSION IMAGE GCC RUN <<<"$row"
	KERNELRELEASE=$KERNEL-amd64
	ROOT=$CACHE/root-$(key "$SCRIPTS/make-root.sh" "$SCRIPTS/packages.build" "$SUITE" "$GCC")
	TREE=$CACHE/kernel-$KERNEL-$(key "$SCRIPTS/make-kernel.sh" "$SCRIPTS/prepare-tree.sh" "$row" "$(basename "$ROOT")")
	GUEST=$CACHE/guest-$(key "$SCRIPTS/make-guest.sh" "$SCRIPTS/packages.guest").img
	DEBUG=$CACHE/debug-$KERNEL-$(key "$SCRIPTS/make-debug.sh" "$CHECKOUT/qemu-test/debug/config" "$CHECKOUT/Kconfig" "$row" "$(basename "$ROOT")")
	OUT=$CACHE/out/$(key "$CHECKOUT")
}
