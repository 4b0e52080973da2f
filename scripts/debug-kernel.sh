#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# debug-kernel.sh [KERNEL]: makes the debug kernel once and keeps it in the cache, as setup.sh (which has run) does the others.

. "$(dirname "$0")/lib.sh"

use_kernel "${1:-${KERNEL:-}}"
if [[ -d $DEBUG ]]; then exit 0; fi
. "$SCRIPTS/preconditions.sh"
check_room
begin_work debug
if [[ -d $DEBUG ]]; then exit 0; fi

mkdir "$TMP/debug"
VHQOS_DEBUG=$TMP/debug step "debug kernel $KERNEL (about 10 minutes)" nice "$SCRIPTS/in-root.sh" --kernel "$KERNEL" \
	/src/scripts/make-debug.sh /debug
mv "$TMP/debug" "$DEBUG"
