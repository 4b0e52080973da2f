#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check.sh: what can be seen without running anything: format, lints of the module and of the host's crates, the rules of the tree.
# Runs inside the build root. Every finding is printed as file:line: text; any is a failure.

. "$(dirname "$0")/lib.sh"

# A check that finds something ends with a failure, which must not end the others.
set +e +o pipefail
shopt -s lastpipe
cd "$CHECKOUT" || exit 1
findings=0

# rule TEXT: the lines on standard input are findings against the rule.
rule() {
	local lines
	lines=$(cat)
	if [[ -n $lines ]]; then
		printf '%s\n' "$lines"
		printf 'check: %s\n' "$1"
		findings=$((findings + 1))
	fi
}

mapfile -t kernel_sources < <(find rust -name '*.rs' ! -name bindings_generated.rs | sort)
mapfile -t host_sources < <(find userspace-tool qemu-test -name '*.rs' ! -path '*/target/*' | sort)
mapfile -t shell_sources < <(grep -rlE '^#!/bin/(ba)?sh|^# shellcheck shell=' scripts qemu-test .ci | sort)

# The lines of code of files, as file:line: text, without comments.
code() {
	awk '!/^[[:space:]]*\/\// { sub(/[[:space:]]\/\/ .*/, ""); print FILENAME ":" FNR ": " $0 }' "$@"
}

rustfmt --check --edition 2021 -l "${kernel_sources[@]}" "${host_sources[@]}" 2>&1 | sed "s|^$CHECKOUT/||" | sort -u | rule 'not as rustfmt has it (cargo fmt, or rustfmt --edition 2021 FILE)'
shellcheck -x -P SCRIPTDIR -e SC1091,SC2016 "${shell_sources[@]}" | rule 'shellcheck'
for file in "${kernel_sources[@]}" "${host_sources[@]}"; do
	head -n 1 "$file" | grep -qxF '// SPDX-License-Identifier: GPL-2.0' || echo "$file:1: $(head -n 1 "$file")"
done | rule 'the first line is not the SPDX line'
wc -l "${kernel_sources[@]}" "${host_sources[@]}" "${shell_sources[@]}" | awk '$1 > 500 && $2 != "total" { print $2 ": " $1 " lines" }' |
	rule 'a file is longer than 500 lines'

mapfile -t outside < <(printf '%s\n' "${kernel_sources[@]}" | grep -v '^rust/sys/')
code "${outside[@]}" | grep -wE 'unsafe' | rule 'unsafe outside rust/sys'
code "${kernel_sources[@]}" |
	grep -E '\.(unwrap|expect)\(|\b(panic|todo|unimplemented|unreachable|assert|assert_eq|assert_ne)!' | grep -vE 'const _: \(\)' |
	rule 'a construct that panics'

cargo clippy --quiet --locked --workspace --all-targets -- -D warnings || findings=$((findings + 1))

# The kernel's own lints, and those against panics, over the module as the tree compiles it.
export KRUSTFLAGS='-Dwarnings -Dclippy::unwrap_used -Dclippy::expect_used -Dclippy::indexing_slicing -Dclippy::panic'
CLIPPY=1 "$SCRIPTS/build-module.sh" "$KDIR" "$VHQOS_OUT/clippy" >"$VHQOS_OUT/clippy.log" 2>&1 ||
	{ grep -vE '^make|^  [A-Z]+ ' "$VHQOS_OUT/clippy.log" | rule "the kernel's lints"; }

[[ $findings -eq 0 ]] || die "$findings kinds of findings"
printf 'check: %d files of Rust and %d scripts, no findings; %d lines with unsafe in rust/sys\n' \
	$((${#kernel_sources[@]} + ${#host_sources[@]})) ${#shell_sources[@]} \
	"$(code rust/sys/*.rs | grep -cw unsafe || true)"
