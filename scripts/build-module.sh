#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# build-module.sh KDIR DIRECTORY: builds vhqos.ko against the prepared tree KDIR; the module is left in DIRECTORY, all else of the
# build in DIRECTORY/module. Refuses a tree that would give a module that does not load, and says why.

. "$(dirname "$0")/lib.sh"

[[ $# -eq 2 ]] || die "usage: build-module.sh KDIR DIRECTORY"
tree=$1 out=$2
config=$tree/include/config/auto.conf

# The value of an option of the tree, without quotes.
option() {
	sed -n "s/^CONFIG_$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" "$config"
}

[[ -f $config ]] || die "KDIR=$tree is not a prepared kernel tree: run 'make modules_prepare' there, or leave KDIR out to have one made"
[[ $(option RUST) == y ]] || die "the kernel of KDIR=$tree has no Rust (CONFIG_RUST): take one that has, such as those of scripts/kernels"
[[ -f $tree/rust/libkernel.rmeta ]] ||
	die "KDIR=$tree lacks the Rust metadata (rust/libkernel.rmeta), as distributions' header packages do: prepare its source with 'make modules_prepare'"
wanted=$(option RUSTC_VERSION_TEXT)
found=$(${RUSTC:-rustc} --version 2>/dev/null) || die "rustc is missing: install '$wanted', which KDIR=$tree was prepared with"
[[ $found == "$wanted" ]] || die "KDIR=$tree was prepared with '$wanted' and rustc here is '$found': use the same, or leave KDIR out"

# The compiler that the tree was prepared with, where it goes by that name here.
compiler=$(option CC_VERSION_TEXT)
compiler=${compiler%% *}
if [[ $(option CC_IS_CLANG) == y ]]; then
	flags=(LLVM=1)
elif command -v "$compiler" >/dev/null; then
	flags=("CC=$compiler")
else
	flags=()
fi

mkdir -p "$out/module"
make -C "$tree" "-j$(nproc)" ARCH=x86 "${flags[@]}" ${CLIPPY:+"CLIPPY=$CLIPPY"} "M=$CHECKOUT" "MO=$(realpath "$out/module")" modules
# Without what only a debugger reads (it is in DIRECTORY/module); replaced only when it differs, and never seen half-written.
strip --strip-debug -o "$out/.vhqos.ko" "$out/module/vhqos.ko"
if cmp -s "$out/.vhqos.ko" "$out/vhqos.ko"; then
	rm "$out/.vhqos.ko"
else
	mv "$out/.vhqos.ko" "$out/vhqos.ko"
fi
