#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build-tool.sh DIRECTORY: the vhqos command, static so that it runs on any x86-64, with its manual pages and the completions of shells.
# Runs inside the build root.

. "$(dirname "$0")/lib.sh"

[[ $# -eq 1 ]] || die "usage: build-tool.sh DIRECTORY"
target=x86_64-unknown-linux-gnu
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS="-C target-feature=+crt-static"
cargo build --quiet --release --locked --target "$target" --manifest-path "$CHECKOUT/userspace-tool/Cargo.toml" --bin vhqos ||
	die "the vhqos command does not build"

mkdir -p "$1/completions"
install -s "${CARGO_TARGET_DIR:-$CHECKOUT/target}/$target/release/vhqos" "$1/vhqos"
"$1/vhqos" generate --manual "$1/man"
"$1/vhqos" generate --completions bash >"$1/completions/vhqos.bash"
"$1/vhqos" generate --completions fish >"$1/completions/vhqos.fish"
"$1/vhqos" generate --completions zsh >"$1/completions/_vhqos"
