#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# fuzz.sh SECONDS [TARGET...]: runs the fuzz targets of userspace-tool/fuzz, so many seconds each, a CPU each. Runs inside the build root. Does what
# `cargo fuzz run` does with its `--sanitizer none`, on the stable compiler: there is no unsafe code for a sanitizer to watch.
# What was found stays in VHQOS_OUT/fuzz; the corpus is kept from run to run.

. "$(dirname "$0")/lib.sh"

[[ ${1:-} =~ ^[0-9]+$ ]] || die "usage: make fuzz TIME=SECONDS"
seconds=$1
shift
fuzz=$CHECKOUT/userspace-tool/fuzz
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
	mapfile -t targets < <(find "$fuzz/fuzz_targets" -name '*.rs' -printf '%f\n' | sed 's/\.rs$//' | sort)
fi

# Coverage for libFuzzer, with the checks that the kernel has on: overflow and debug assertions.
export CARGO_TARGET_DIR=$CARGO_TARGET_DIR/fuzz RUSTC_BOOTSTRAP=1
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cdebug-assertions -Coverflow-checks -Ccodegen-units=1"
triple=x86_64-unknown-linux-gnu
cargo build --quiet --release --locked --target "$triple" --manifest-path "$fuzz/Cargo.toml" --bins

# Half of the time goes to inputs of so many bytes at the most: those are tried fast, and most of what a grammar has fits.
short=128

# run_target TARGET: runs one.
run_target() {
	local target=$1 corpus=$VHQOS_OUT/fuzz/$1 total=0 executions bound
	local -a seeds=()
	mkdir -p "$corpus/corpus" "$corpus/found"
	if [[ -d $fuzz/seeds/$target ]]; then seeds=("$fuzz/seeds/$target"); fi
	for bound in "-max_len=$short" -max_len=0; do
		"$CARGO_TARGET_DIR/$triple/release/$target" "-max_total_time=$(((seconds + 1) / 2))" "$bound" -print_final_stats=1 \
			-timeout=10 -artifact_prefix="$corpus/found/" "$corpus/corpus" "${seeds[@]}" >"$corpus/log" 2>&1 ||
			{ tail -n 30 "$corpus/log" && die "$target: found something; the input is in $corpus/found"; }
		executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$corpus/log")
		[[ ${executions:-0} -gt 0 ]] || die "$target ran nothing: see $corpus/log"
		total=$((total + executions))
	done
	printf 'fuzz: %s: %d executions in %d s, nothing found\n' "$target" "$total" "$seconds"
	printf '%d\n' "$total" >"$corpus/executions"
}

# As many at a time as there are CPUs.
running=0 failed=0
for target in "${targets[@]}"; do
	rm -f "$VHQOS_OUT/fuzz/$target/executions"
	run_target "$target" &
	if ((++running >= $(nproc))); then
		wait -n || failed=1
		running=$((running - 1))
	fi
done
while ((running-- > 0)); do wait -n || failed=1; done
[[ $failed -eq 0 ]] || exit 1
total=0
for target in "${targets[@]}"; do total=$((total + $(<"$VHQOS_OUT/fuzz/$target/executions"))); done
printf 'fuzz: %d executions of %d targets, nothing found\n' "$total" ${#targets[@]}
