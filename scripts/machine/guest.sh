#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# guest.sh: runs in the booted machine of test-packages.sh, after everything else has started. The kernel's command line says which part
# (machine.part=NAME). Each check is a line on the report's port: "ok TEXT" or "not ok TEXT", what was seen behind "# ".

set -u
exec 3>/dev/virtio-ports/vhqos.report
part=$(sed -n 's/.*machine\.part=\([a-z]*\).*/\1/p' /proc/cmdline)
group=/sys/fs/cgroup/vhqos.service

# check TEXT COMMAND...: one check; what the command printed is shown when it failed.
check() {
	local text=$1 output
	shift
	if output=$("$@" 2>&1); then
		printf 'ok %s\n' "$text" >&3
	else
		printf 'not ok %s\n' "$text" >&3
		printf '%s\n' "$output" | tail -n 20 | sed 's/^/# /' >&3
	fi
}

# until_true COMMAND...: waits for a condition, for 30 s at the most.
until_true() {
	local end=$((SECONDS + 30))
	until "$@"; do
		if [[ $SECONDS -ge $end ]]; then return 1; fi
		sleep 0.1
	done
}

# refused COMMAND...: the command fails.
refused() {
	! "$@"
}

# silent COMMAND...: the command has nothing to say.
silent() {
	local output
	output=$("$@" 2>&1)
	printf '%s\n' "$output"
	[[ -z $output ]]
}

is_active() {
	[[ $(systemctl is-active "$1") == active ]]
}

# The table is this, whatever order a row's keys are printed in.
table_is() {
	diff <(sort /proc/vhqos/table) <(printf '%s\n' "$@" | sort)
}

serves() {
	[[ $(curl -s -o /dev/null -m 60 -w '%{http_code}' "$@") == 200 ]]
}

# A task of Apache's has the class of the host, while its connection is open.
bound() {
	local host=$1 address=$2 name=$3 line
	exec 4<>"/dev/tcp/$address/80" || return 1
	printf 'GET / HTTP/1.1\r\nHost: %s\r\n\r\n' "$name" >&4
	read -r line <&4
	[[ $line == *200* ]] || return 1
	until_true grep -q "host=$host " /proc/vhqos/tasks || { cat /proc/vhqos/tasks /proc/vhqos/hosts && return 1; }
	# Its own group, and Apache's program in it.
	local pid
	while read -r pid; do
		if [[ $(cat "/proc/$pid/comm") == apache2 ]]; then return 0; fi
	done <"$group/hosts/$host/cgroup.threads"
	return 1
}

released() {
	exec 4<&- 4>&-
	# All of Apache is where systemd put it, and nowhere else.
	local pid
	for pid in $(pgrep apache2); do
		grep -qx '0::/system.slice/apache2.service' "/proc/$pid/cgroup" || { cat "/proc/$pid/cgroup" && return 1; }
	done
}

started_before() {
	local first second
	first=$(systemctl show -P ActiveEnterTimestampMonotonic "$1")
	second=$(systemctl show -P ExecMainStartTimestampMonotonic "$2")
	echo "$1 $first, $2 $second"
	[[ $first -gt 0 && $first -lt $second ]]
}

said() {
	journalctl --no-pager -b -u vhqos.service -o cat | grep -q "$@"
}

weighs() {
	cat "$group/cpu.weight"
	[[ $(cat "$group/cpu.weight") == "$1" ]]
}

# systemd shows the groups as they are.
groups_shown() {
	local shown
	shown=$(systemctl status --no-pager vhqos.service)
	printf '%s\n' "$shown"
	[[ $shown == *hosts*apache2*keep* ]]
}

not_loaded() {
	[[ ! -d /sys/module/vhqos && ! -e /proc/vhqos ]]
}

write_table() {
	cat >/etc/vhqos/hosts.conf <<-END
		package silver cpu.min=10% cpu.max=60%
		host bank addr=127.0.0.2 cpu.min=30%
		host shop name=shop.example package=silver   # by name
	END
}
rows=('host bank addr=127.0.0.2 cpu.min=30%' 'host shop name=shop.example cpu.min=10% cpu.max=60%')

everything_in_force() {
	check "vhqos.service is active" is_active vhqos.service
	check "it was there before Apache started" started_before vhqos.service apache2.service
	check "the table is what the file says" table_is "${rows[@]}"
	check "the module's groups are in the service's own" grep -qx cgroup_root=vhqos.service/hosts /proc/vhqos/status
	check "Apache's worker is bound by address" bound bank 127.0.0.2 any.example
	check "another one is bound by name" bound shop 127.0.0.1 shop.example
	check "vhqos doctor finds nothing bad" vhqos doctor
	check "no unit failed" silent systemctl list-units --failed --plain --no-legend
}

first() {
	check "the kernel is $(uname -r)" test "$(uname -r)" = "$(cat /opt/test/first)"
	check "vhqos.service is active after the installation, with an empty table" is_active vhqos.service
	check "the table is empty" test ! -s /proc/vhqos/table
	check "hooks are off" grep -qx health=off /proc/vhqos/status
	check "systemd-analyze verify finds nothing" silent systemd-analyze verify --man=no vhqos.service
	write_table
	check "reload applies the file" systemctl reload vhqos.service
	check "the table is what the file says" table_is "${rows[@]}"
}

again() {
	everything_in_force
	check "systemctl status shows the hosts' groups" groups_shown
	check "the service's group has its weight" weighs 5700
	systemctl daemon-reload
	systemctl daemon-reexec
	until_true is_active vhqos.service
	check "the same after daemon-reload and daemon-reexec" table_is "${rows[@]}"
	check "the weight too" weighs 5700
	check "and Apache's workers" bound bank 127.0.0.2 any.example
	check "systemctl restart apache2" systemctl restart apache2.service
	check "its new workers are bound" bound bank 127.0.0.2 any.example

	echo 'host bank addr=127.0.0.2 cpu.min=300%' >/etc/vhqos/hosts.conf
	check "a file with a mistake: reload fails" refused systemctl reload vhqos.service
	check "the journal says where" said '/etc/vhqos/hosts.conf:1:.* error: '
	check "the service is active as before" is_active vhqos.service
	check "the table stays" table_is "${rows[@]}"
	check "and Apache's workers stay bound" bound bank 127.0.0.2 any.example

	check "stop" systemctl stop vhqos.service
	check "the module is gone" not_loaded
	check "Apache has its own group back" released
	check "the service's group is gone" test ! -e "$group"
	check "Apache serves" serves http://127.0.0.2/
	check "with the mistake in the file, start fails" refused systemctl start vhqos.service
	check "and leaves no module" not_loaded
	write_table
	check "start after it was mended" systemctl start vhqos.service
	check "the table is there" table_is "${rows[@]}"
	# Under requests the module may be busy for a moment.
	while :; do curl -s -o /dev/null http://127.0.0.2/; done &
	local load=$!
	check "stop under load" systemctl stop vhqos.service
	kill "$load"
	check "the module is gone" not_loaded
	check "Apache has its own group back" released
}

upgraded() {
	check "the kernel is $(uname -r)" test "$(uname -r)" = "$(cat /opt/test/second)"
	everything_in_force
	check "apt purge" apt-get purge -y vhqos vhqos-dkms
	check "the module is gone" not_loaded
	check "Apache has its own group back" released
	check "Apache serves" serves http://127.0.0.2/
	check "no group is left" silent find /sys/fs/cgroup -name '*vhqos*' ! -name 'vhqos-test.service'
	check "no unit is left" silent systemctl list-units --all --plain --no-legend 'vhqos.*'
	check "no file is left" silent find / -xdev -name '*vhqos*' ! -path '/opt/test/*' ! -name 'vhqos-test*'
	check "dkms knows nothing of it" silent dkms status vhqos
	check "no unit failed" silent systemctl list-units --failed --plain --no-legend
}

until_true is_active apache2.service
"$part"
printf 'end %s\n' "$part" >&3
exec 3>&-
systemctl --no-block reboot
