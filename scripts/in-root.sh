#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# in-root.sh [--kernel VERSION] COMMAND...: runs COMMAND in the build root that setup.sh made, in the checkout (/src).
# The mounts are private to the command, and everything that it starts ends with it.

. "$(dirname "$0")/lib.sh"

if [[ ${1:-} == --kernel ]]; then
	KERNEL=$2
	shift 2
fi
use_kernel "${KERNEL:-}"
[[ $# -gt 0 ]] || die "usage: in-root.sh [--kernel VERSION] COMMAND..."
[[ $EUID -eq 0 ]] || die "the build root needs root: run this as root (sudo make ...)"
[[ -d ${VHQOS_ROOT:=$ROOT} ]] || die "there is no build root for $KERNEL yet: run scripts/setup.sh first"
check_cache
check_mounts
: "${VHQOS_TREE:=$TREE}" "${VHQOS_DEBUG:=$DEBUG}"

out=/cache/out/$(basename "$OUT")
environment=(
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "LC_ALL=C.UTF-8" "TERM=${TERM:-dumb}" "HOME=/tmp"
	"KERNEL=$KERNEL" "KERNELRELEASE=$KERNELRELEASE" "KDIR=/kernel/build" "VMLINUZ=/kernel/vmlinuz" "KMODULES=/kernel/modules"
	"GUEST_IMAGE=/cache/$(basename "$GUEST")" "CARGO_HOME=/cache/cargo" "CARGO_TARGET_DIR=$out/target-$SUITE"
	"VHQOS_OUT=$out/$KERNEL" "VHQOS_IN_ROOT=1"
	"SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt" "CARGO_HTTP_CAINFO=/etc/ssl/certs/ca-certificates.crt"
)
# What the host needs to reach the net, and what a caller may want to hand on.
while IFS='=' read -r name value; do
	case $name in
	http_proxy | https_proxy | no_proxy | all_proxy | HTTP_PROXY | HTTPS_PROXY | NO_PROXY | ALL_PROXY | CI | \
		CARGO_NET_* | CARGO_REGISTRIES_* | CARGO_SOURCE_* | CARGO_HTTP_* | RUST_BACKTRACE | PROPTEST_* | VHQOS_[A-Z]*)
		case $name in VHQOS_CACHE | VHQOS_MIRROR | VHQOS_ROOT | VHQOS_TREE | VHQOS_DEBUG | VHQOS_OUT | VHQOS_IN_ROOT | CARGO_HTTP_CAINFO) ;;
		*) environment+=("$name=$value") ;; esac
		;;
	esac
done < <(env)

mkdir -p "$CACHE/out/$(basename "$OUT")/$KERNEL" "$CACHE/cargo"
printf '%s\n' "$CHECKOUT" >"$CACHE/out/$(basename "$OUT")/checkout"

# Runs in namespaces of its own; $1 root, $2 checkout, $3 cache, $4 kernel tree, $5 debug kernel, $6 certificates, then `env` and the command.
# shellcheck disable=SC2016
enter='
set -e
root=$1; src=$2; cache=$3; tree=$4; debug=$5; certificates=$6; shift 6
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmp "$root/tmp"
mount -t tmpfs -o mode=755 run "$root/run"
mount --bind "$src" "$root/src"
mount --bind "$cache" "$root/cache"
if [ -d "$tree" ]; then mount --bind "$tree" "$root/kernel"; fi
if [ -d "$debug" ]; then mount --bind "$debug" "$root/debug"; fi
for pair in /etc/resolv.conf:/etc/resolv.conf "$certificates:/etc/ssl/certs/ca-certificates.crt"; do
	if [ -e "${pair%%:*}" ] && [ -e "$root${pair#*:}" ]; then mount --bind "${pair%%:*}" "$root${pair#*:}"; fi
done
mount -o remount,bind,ro "$root"
chroot "$root" /usr/bin/env -i "$@"
'
isolated sh -c "$enter" sh "$VHQOS_ROOT" "$CHECKOUT" "$CACHE" "$VHQOS_TREE" "$VHQOS_DEBUG" \
	"${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" "${environment[@]}" env -C /src "$@" <&0 &
child=$!
# unshare(1) ignores signals: kill it, and with it everything inside.
trap 'kill -KILL $child 2>/dev/null; exit 143' TERM HUP
trap 'kill -KILL $child 2>/dev/null; exit 130' INT
wait $child
