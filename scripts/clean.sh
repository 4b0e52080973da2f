#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# clean.sh: removes what was built for this checkout, and what was built for checkouts that are no more.

. "$(dirname "$0")/lib.sh"

use_kernel ""
rm -rf --one-file-system "$CHECKOUT/out" "$OUT"
for record in "$CACHE"/out/*/checkout; do
	if [[ -f $record && ! -d $(cat "$record") ]]; then rm -rf --one-file-system "$(dirname "$record")"; fi
done
