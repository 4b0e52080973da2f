// SPDX-License-Identifier: GPL-2.0

//! What the file may have in it, for the help of `apply` and its manual page.

/// Statements and keys. Lines are short enough for a manual page, which keeps those that begin with blanks as they are.
pub(crate) const HELP: &str = "\
Examples:
  vhqos apply
  vhqos apply --dry-run new.conf
  vhqos save - | sed s/10%/20%/ | vhqos apply -

The file:
  One statement a line, words separated by blanks. A word that begins
  with # and all behind it on the line is a comment.

  host NAME KEY=VALUE...
      A row of the table; host default is for what no other row has.
  host NAME package=PACKAGE KEY=VALUE...
      The same with what the package says; a key that the row has
      itself is the row's.
  package NAME KEY=VALUE...
      What rows have in common: all keys but addr, name and vps. It may
      stand behind the rows that take it, and in another file.
  include PATTERN
      The files of that name, from the directory of this file, in the
      order of their names; there may be none. *, ? and [...] stand for
      other characters, but for no dot at the beginning of a name.

Keys; addr, name, server, io.max and io.weight may be repeated:
  addr=ADDRESS[/PREFIX][:PORTS]
      Where its connections arrive: 192.0.2.10, 192.0.2.0/24,
      2001:db8::10, with ports 192.0.2.10:80,443,8000-8100,
      [2001:db8::10]:443, [2001:db8::]/32:443; up to 64. Without ports,
      privileged ones only, unless server= says who may be bound.
  addr=unix:/PATH
      A UNIX stream socket, by the path that its server binds.
  name=NAME, name=*.NAME
      A name that clients ask for, or all names below one; up to 512.
      With addr=, the names are valid on these addresses only.
  vps=NAME
      The virtual private server whose row this is, in place of addr=
      and server=.
  server=exe:/PATH, server=user:UID, server=cgroup:/PATH
      Who may be bound by the row, any of up to 16: who runs this
      program, is this user, or is in this cgroup or below.
  cpu.min=N%, cpu.min=Ncpus, cpu.min=Nms/s
      The CPU time that is guaranteed: percent of the machine, CPUs, or
      milliseconds a second, with up to 4 decimals. All guarantees and
      the reserve have to fit into the machine.
  cpu.max=N%, cpu.max=Ncpus, cpu.max=Nms/s, cpu.max=max
      The cap, more than 0; max, as if it was not said, is none.
  cpu.weight=N
      1 to 10000, 100 unless said: its part of what nobody was
      guaranteed.
  cpu.idle=1
      It runs only when nobody else wants to; 0 is as if not said.
  cpu.uclamp.min=N, cpu.uclamp.max=N
      The utilization clamps of its tasks: 0 to 100 (percent) with up
      to 2 decimals, or max.
  cpuset.cpus=LIST
      The CPUs that it may use, such as 0-3,5; 0 to 8191.
  nice=N
      -20 to 19, put on each task while it is bound; not with vps=.
  ioprio=CLASS
      rt:0 to rt:7, be:0 to be:7, idle or none, as nice=.
  memory.max=BYTES, memory.high=BYTES, memory.min=BYTES
      With vps= only, as all that follow: bytes, or a number with K, M,
      G or T, or max. The most that it may have; from where on it is
      slowed down; what is not taken from it.
  pids.max=N
      0 to 4194304 processes and threads, or max.
  io.max=MAJOR:MINOR,rbps=N,wbps=N,riops=N,wiops=N
      What it may read and write of this disk in a second, bytes and
      operations, any of the four; a number or max.
  io.weight=N, io.weight=MAJOR:MINOR,N
      1 to 10000, or default; of all disks, or of one.";
