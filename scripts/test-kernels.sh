#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# test-kernels.sh: for every kernel of scripts/kernels: set up, build the module, and pass the guest tests where its image boots.

. "$(dirname "$0")/lib.sh"

failed=()
while read -r kernel; do
	use_kernel "$kernel"
	target=guest-test
	if [[ $RUN != yes ]]; then target=module; fi
	printf 'vhqos: %s: make %s\n' "$kernel" "$target"
	make --no-print-directory -C "$CHECKOUT" "KERNEL=$kernel" "$target" </dev/null || failed+=("$kernel")
done < <(list "$SCRIPTS/kernels" | awk '{ print $1 }')
[[ ${#failed[@]} -eq 0 ]] || die "failed: ${failed[*]}"
printf 'vhqos: all kernels passed\n'
