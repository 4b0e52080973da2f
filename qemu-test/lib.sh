# SPDX-License-Identifier: GPL-2.0
# Parts of run.sh: build, pack, boot.  Sourced; uses its variables out, work, here.

# What the guest needs before it can mount its root file system, and what tests use later.
guest_modules="virtio_blk squashfs erofs ext4 overlay tls aesni_intel 9p 9pnet_fd"
target=x86_64-unknown-linux-gnu

die() {
	echo "qemu-test: $*" >&2
	exit 1
}

need() {
	local name
	for name; do
		[ -n "${!name:-}" ] || die "$name is not set: run this through scripts/in-root.sh"
	done
}

# Seconds that a whole run may take, before the guest's own stretch.
limit() {
	case $1 in
	test) echo $((3600 * ${VHQOS_STRETCH:-1})) ;;
	demo) echo 600 ;;
	esac
}

# The guest binary is static: the guest's libc may be another one than the build root's.
build_guest() {
	export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C target-feature=+crt-static"
	cargo build --quiet --release --locked --target "$target" --manifest-path "$here/Cargo.toml" ||
		die "the guest binary does not build"
	"$here/../scripts/build-tool.sh" "$out/tool"
	guest=${CARGO_TARGET_DIR:-$here/../target}/$target/release/qemu-test
}

# Copies a module and, before it, what it depends on; numbered in load order.
add_module() {
	local name=$1 file dependency
	[ -z "${added[$name]:-}" ] || return 0
	added[$name]=1
	file=$(find "$KMODULES" \( -name "$name.ko" -o -name "${name//_/-}.ko" \) -print -quit)
	[ -n "$file" ] || return 0 # built in
	for dependency in $(modinfo -F depends "$file" | tr ',' ' '); do
		add_module "$dependency"
	done
	cp "$file" "$(printf '%s/initramfs/modules/%02d-%s.ko' "$work" "$copied" "$name")"
	copied=$((copied + 1))
}

# The initramfs: the guest binary as PID 1, modules, and the payload of this run.
pack_initramfs() {
	declare -A added=()
	local name copied=0
	mkdir -p "$work/initramfs/modules" "$work/initramfs/payload"
	cp "$guest" "$work/initramfs/init"
	for name in $guest_modules; do
		add_module "$name"
	done
	cp "$out/tool/vhqos" "$work/initramfs/payload/"
	[ ! -e "$VHQOS_OUT/vhqos.ko" ] || cp "$VHQOS_OUT/vhqos.ko" "$work/initramfs/payload/"
	printf '%s\n' "$@" >"$work/initramfs/payload/arguments"
	{
		echo "subset=${VHQOS_SUBSET:-all}"
		echo "stretch=${VHQOS_STRETCH:-1}"
		echo "stress=${VHQOS_STRESS:-30}"
	} >"$work/initramfs/payload/settings"
	(cd "$work/initramfs" && find . -mindepth 1 | cpio --quiet -o -H newc) >"$work/initramfs.cpio"
}

# kvm only when a guest really ran with it: a device node alone is no proof.
acceleration() {
	if [ -n "${VHQOS_ACCEL:-}" ]; then
		echo "$VHQOS_ACCEL"
	elif [ -w /dev/kvm ] && try_kvm; then
		echo kvm
	else
		echo tcg
	fi
}

try_kvm() {
	: >"$work/probe.txt"
	timeout 15 qemu-system-x86_64 -accel kvm -cpu host -smp 2 -m 512M -no-reboot -nographic -nodefaults \
		-kernel "$VMLINUZ" -initrd "$work/initramfs.cpio" -append "quiet panic=-1 vhqos.probe" \
		-device virtio-serial-pci -chardev "file,id=probe,path=$work/probe.txt" \
		-device virtserialport,chardev=probe,name=vhqos.report >/dev/null 2>&1 </dev/null || true
	grep -q '^vhqos guest is alive$' "$work/probe.txt"
}

# boot NAME ACCELERATION SECONDS: one run of the guest.  The report comes over its own port and is the verdict;
# the console is only kept, and shown when there is no verdict.
boot() {
	local name=$1 how=$2 seconds=$3 status=0 began=$SECONDS
	local report=$out/$name.report.txt console=$out/$name.console.txt
	local -a accelerator terminal
	local append="console=ttyS0 panic_on_warn=1 oops=panic panic=-1 softlockup_panic=1 hung_task_panic=1"
	append+=" nmi_watchdog=0 printk.time=1 loglevel=6 nokaslr"
	# Beside other work on the host, the guest finds its TSC and its HPET apart, and some guests that then went over to
	# the HPET stood still for good.
	append+=" tsc=reliable"
	# The kernel copies and clears byte by byte where a CPU is fast at that, and an emulated one is slow at it.
	local emulated="max,-erms,-fsrm,-fsrs,-fzrm"
	case $how in
	kvm) accelerator=(-accel kvm -cpu host -smp 2) ;;
	tcg) accelerator=(-accel "tcg,thread=multi" -cpu "$emulated" -smp 2) ;;
	icount)
		# Addresses that change from boot to boot change what a fork copies.
		append+=" norandmaps"
		accelerator=(-accel tcg -cpu "$emulated" -smp 1 -icount "shift=0,sleep=off")
		;;
	*) die "no such acceleration: $how" ;;
	esac
	terminal=(-serial "file:$console")
	if [ "$name" = shell ]; then
		append+=" quiet"
		terminal=(-serial mon:stdio)
	fi
	: >"$report"
	: >"$out/$name.json"
	tail -n +1 -f "$report" &
	local follower=$!
	timeout --foreground "$seconds" qemu-system-x86_64 "${accelerator[@]}" -m "${VHQOS_MEMORY:-2G}" \
		-no-reboot -display none -monitor none -nodefaults \
		-kernel "$VMLINUZ" -initrd "$work/initramfs.cpio" -append "$append ${VHQOS_APPEND:-}" \
		-drive "file=$GUEST_IMAGE,format=raw,if=virtio,readonly=on" \
		-device virtio-serial-pci "${terminal[@]}" \
		-chardev "file,id=report,path=$report" -chardev "file,id=data,path=$out/$name.json" \
		-device virtserialport,chardev=report,name=vhqos.report \
		-device virtserialport,chardev=data,name=vhqos.data || status=$?
	sleep 0.2 # what the follower has not shown yet
	kill "$follower"
	wait "$follower" 2>/dev/null || true
	case $(tail -n 1 "$report" | tr -d '\r') in
	"vhqos verdict: ok") ;;
	"vhqos verdict: failed")
		exit 1
		;;
	*)
		[ "$name" != shell ] || return 0
		echo "--- the end of $console" >&2
		tail -n 60 "$console" >&2
		[ "$status" != 124 ] || die "$name ($how): no verdict within $seconds s"
		die "$name ($how): the guest stopped without a verdict after $((SECONDS - began)) s"
		;;
	esac
}
