#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Boots the guest and hands on its verdict.  Runs inside the build root (scripts/in-root.sh), which sets
# VMLINUZ, KMODULES, GUEST_IMAGE, KERNEL and VHQOS_OUT.
#
#   run.sh test [FILTER...]     the guest tests; FILTER is a part of a test's name
#   run.sh demo                 the main job, without and with the module
#   run.sh bench                costs in instructions, two boots, which must agree
#   run.sh shell                a shell inside the guest, on this terminal
#
# Settings by environment: VHQOS_SUBSET=debug|faults|long runs only the tests of that set, VHQOS_STRETCH=N
# multiplies every time limit, VHQOS_STRESS=600 is how many seconds stress-ng runs, VHQOS_ACCEL=tcg|kvm skips the trial boot,
# VHQOS_MEMORY=2G.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
source "$here/lib.sh"

verb=${1:-}
shift || true
case $verb in
test | demo | bench | shell) ;;
*)
	sed -n '3,15s/^# \{0,1\}//p' "$0" >&2
	exit 2
	;;
esac

need VMLINUZ KMODULES GUEST_IMAGE VHQOS_OUT
out=$VHQOS_OUT/guest
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build_guest
pack_initramfs "$verb" "$@"

case $verb in
shell)
	boot shell "$(acceleration)" 86400
	;;
bench)
	# Two boots of the same thing; the guest binary compares their figures.
	boot bench-1 icount 3000
	boot bench-2 icount 3000
	"$guest" compare "$out/bench-1.json" "$out/bench-2.json" "$out/bench.json"
	;;
*)
	boot "$verb" "$(acceleration)" "$(limit "$verb")"
	;;
esac
