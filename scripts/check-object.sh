#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check-object.sh: what the compiled module says of itself: no stack frame over 512 bytes (the submit checklist's figure; rustc does
# not warn), and which functions can still reach a panic of `core`. Runs inside the build root, after build-module.sh.

. "$(dirname "$0")/lib.sh"
set +e +o pipefail

object=${1:-$VHQOS_OUT/module/rust/vhqos_main.o}
limit=512
[[ -f $object ]] || die "$object is missing: build the module first"

# "BYTES FUNCTION" of the frames, "panic FUNCTION" of the calls that do not return but panic.
facts=$(objdump -dr --demangle=rust --no-show-raw-insn "$object" | perl -ne '
	$function = $1 if /^[0-9a-f]+ <(.*)>:$/;
	print hex($1), " $function\n" if /\bsub +\$0x([0-9a-f]+),%rsp/;
	print "panic $function\n" if /R_X86_64_\w+\s+core::panicking/;')

large=$(awk -v limit="$limit" '$1 != "panic" && $1 > limit' <<<"$facts" | sort -rn)
if [[ -n $large ]]; then
	printf '%s\n' "$large"
	die "the stack frames above are over $limit bytes"
fi
# What runs in probes: the handlers, what they decide with, and what they read of the bytes of strangers.
probes='hooks::(accept|attach|clone|close|exec|exit|tls|transfer)|sniff::|track::|events::(code|record|ring)'
probes+='|engine::(bind|event_loop|events|laggards|position|sniffer|vps::watch)|policy::(host_name|lookup|names)|sys::(buffer|descriptor|socket|tls|unix)'
handlers=$(grep -E "^panic .*($probes)" <<<"$facts" | sort -u)
if [[ -n $handlers ]]; then
	printf '%s\n' "$handlers"
	die "the functions above run in probes and can panic"
fi
printf 'check: the largest stack frame has %d bytes; %d calls to a panic of core, in %d functions\n' \
	"$(awk '$1 != "panic" { print $1 }' <<<"$facts" | sort -n | tail -n 1)" \
	"$(grep -c '^panic ' <<<"$facts")" "$(awk '$1 == "panic"' <<<"$facts" | sort -u | wc -l)"
