// SPDX-License-Identifier: GPL-2.0

//! Every bad input: its errno, its place, its word, what would be right, and a table that stays.

use crate::check::Desk;
use crate::limits;
use crate::policy::{
    Errno,
    Supported, //
};

const ROWS: &str =
    "host bank addr=192.0.2.10 cpu.min=50%\nhost shop addr=192.0.2.20:80,8000-8100\n";

/// What is written behind [`ROWS`], and the start of the refusal.
const REFUSED: &[(&str, &str)] = &[
    // Verbs and what follows them.
    ("hots a addr=192.0.2.1\n", "1:1: EINVAL: 'hots': unknown verb: expected host, del, flush, begin, commit or generation"),
    ("HOST a addr=192.0.2.1\n", "1:1: EINVAL: 'HOST': unknown verb"),
    ("host\n", "1:1: EINVAL: 'host': expected a name"),
    ("  del \t\n", "1:3: EINVAL: 'del': expected a name"),
    ("del bank shop\n", "1:10: EINVAL: 'shop': expected nothing more"),
    ("del acme\n", "1:5: ENOENT: 'acme': no row has this name"),
    ("del .bank\n", "1:5: EINVAL: '.bank': bad name"),
    ("flush all\n", "1:7: EINVAL: 'all': expected nothing more"),
    ("begin x\n", "1:7: EINVAL: 'x': expected nothing more"),
    ("commit\n", "1:1: EINVAL: 'commit': no transaction is open"),
    ("begin\nbegin\n", "2:1: EINVAL: 'begin': a transaction is open already"),
    ("begin\ncommit now\n", "2:8: EINVAL: 'now': expected nothing more"),
    ("generation\n", "1:1: EINVAL: 'generation': expected a name"),
    ("generation x\n", "1:12: EINVAL: 'x': bad generation: expected a number, as in status"),
    ("generation -1\n", "1:12: EINVAL: '-1': bad generation"),
    ("generation 1 2\n", "1:14: EINVAL: '2': expected nothing more"),
    ("generation 0\nflush\n", "1:12: EAGAIN: '0': the table was changed since: read it again"),
    ("flush\ngeneration 2\n", "2:12: EAGAIN: '2': the table was changed since"),
    // Names.
    ("host a/b addr=192.0.2.1\n", "1:6: EINVAL: 'a/b': bad name"),
    ("host .a addr=192.0.2.1\n", "1:6: EINVAL: '.a': bad name"),
    ("host -a addr=192.0.2.1\n", "1:6: EINVAL: '-a': bad name"),
    ("host a=b addr=192.0.2.1\n", "1:6: EINVAL: 'a=b': bad name"),
    ("host caf\u{e9} addr=192.0.2.1\n", "1:6: EINVAL: 'caf\\xc3\\xa9': bad name"),
    ("host a\u{1} addr=192.0.2.1\n", "1:7: EINVAL: '\\x01': a control character: expected text"),
    ("host addr=192.0.2.1\n", "1:6: EINVAL: 'addr=192.0.2.1': bad name"),
    // Keys.
    ("host a addr=192.0.2.1 cpu.mni=1%\n", "1:23: EINVAL: 'cpu.mni=1%': unknown key: expected one of addr, name, server, cpu.min"),
    ("host a addr=192.0.2.1 cpu.min\n", "1:23: EINVAL: 'cpu.min': expected key=value"),
    ("host a addr=192.0.2.1 =1\n", "1:23: EINVAL: '=1': unknown key"),
    ("host a addr=192.0.2.1 names=a.example\n", "1:23: EINVAL: 'names=a.example': unknown key"),
    ("host a addr=192.0.2.1 nice=1 nice=2\n", "1:30: EINVAL: 'nice=2': this key is in the row already"),
    ("host a addr=192.0.2.1 cpu.max=max cpu.max=2%\n", "1:35: EINVAL: 'cpu.max=2%': this key is in the row already"),
    ("host a cpu.min=1%\n", "1:6: EINVAL: 'a': a row needs at least one addr="),
    ("host a\n", "1:6: EINVAL: 'a': a row needs at least one addr="),
    ("host default addr=192.0.2.1\n", "1:14: EINVAL: 'addr=192.0.2.1': row default takes no addr="),
    // Addresses.
    ("host a addr=\n", "1:8: EINVAL: 'addr=': bad address: expected ADDRESS[/PREFIX][:PORTS]"),
    ("host a addr=192.0.2\n", "1:8: EINVAL: 'addr=192.0.2': bad address"),
    ("host a addr=192.0.2.256\n", "1:8: EINVAL: 'addr=192.0.2.256': bad address"),
    ("host a addr=192.0.02.1\n", "1:8: EINVAL: 'addr=192.0.02.1': bad address"),
    ("host a addr=a.example\n", "1:8: EINVAL: 'addr=a.example': bad address"),
    ("host a addr=2001:db8::g\n", "1:8: EINVAL: 'addr=2001:db8::g': bad address"),
    ("host a addr=[2001:db8::1\n", "1:8: EINVAL: 'addr=[2001:db8::1': bad address"),
    ("host a addr=[192.0.2.1]\n", "1:8: EINVAL: 'addr=[192.0.2.1]': bad address"),
    ("host a addr=[2001:db8::1]80\n", "1:8: EINVAL: 'addr=[2001:db8::1]80': bad address"),
    ("host a addr=[2001:db8::/32]:80\n", "1:8: EINVAL: 'addr=[2001:db8::/32]:80': bad address"),
    ("host a addr=fe80::1%eth0\n", "1:8: EINVAL: 'addr=fe80::1%eth0': bad address"),
    ("host a addr=2001:db8::/32:80\n", "1:8: EINVAL: 'addr=2001:db8::/32:80': an IPv6 address before ports stands in brackets"),
    ("host a addr=0.0.0.0\n", "1:8: EINVAL: 'addr=0.0.0.0': no connection arrives there: write 0.0.0.0/0"),
    ("host a addr=::\n", "1:8: EINVAL: 'addr=::': no connection arrives there"),
    // Prefixes.
    ("host a addr=192.0.2.0/\n", "1:8: EINVAL: 'addr=192.0.2.0/': bad prefix length"),
    ("host a addr=192.0.2.0/x\n", "1:8: EINVAL: 'addr=192.0.2.0/x': bad prefix length"),
    ("host a addr=192.0.2.0/024\n", "1:8: EINVAL: 'addr=192.0.2.0/024': bad prefix length"),
    ("host a addr=192.0.2.0/255.255.255.0\n", "1:8: EINVAL: 'addr=192.0.2.0/255.255.255.0': bad prefix length"),
    ("host a addr=192.0.2.0/33\n", "1:8: ERANGE: 'addr=192.0.2.0/33': prefix length: at most 32"),
    ("host a addr=2001:db8::/129\n", "1:8: ERANGE: 'addr=2001:db8::/129': prefix length: at most 32 for IPv4, 128 for IPv6"),
    ("host a addr=192.0.2.1/24\n", "1:8: EINVAL: 'addr=192.0.2.1/24': bits are set behind the prefix: expected 192.0.2.0/24"),
    ("host a addr=2001:db8::1/32\n", "1:8: EINVAL: 'addr=2001:db8::1/32': bits are set behind the prefix: expected 2001:db8::/32"),
    ("host a addr=::ffff:192.0.2.1/120\n", "1:8: EINVAL: 'addr=::ffff:192.0.2.1/120': bits are set behind the prefix: expected 192.0.2.0/24"),
    // Ports.
    ("host a addr=192.0.2.1:\n", "1:8: EINVAL: 'addr=192.0.2.1:': bad ports"),
    ("host a addr=192.0.2.1:http\n", "1:8: EINVAL: 'addr=192.0.2.1:http': bad ports"),
    ("host a addr=192.0.2.1:80,\n", "1:8: EINVAL: 'addr=192.0.2.1:80,': bad ports"),
    ("host a addr=192.0.2.1:+80\n", "1:8: EINVAL: 'addr=192.0.2.1:+80': bad ports"),
    ("host a addr=192.0.2.1:080\n", "1:8: EINVAL: 'addr=192.0.2.1:080': bad ports"),
    ("host a addr=192.0.2.1:80-90-95\n", "1:8: EINVAL: 'addr=192.0.2.1:80-90-95': bad ports"),
    ("host a addr=192.0.2.1:0\n", "1:8: ERANGE: 'addr=192.0.2.1:0': a port is a number from 1 to 65535"),
    ("host a addr=192.0.2.1:65536\n", "1:8: ERANGE: 'addr=192.0.2.1:65536': a port is"),
    ("host a addr=192.0.2.1:99999999999999999999\n", "1:8: ERANGE: 'addr=192.0.2.1:99999999999999999999': a port is"),
    ("host a addr=192.0.2.1:90-80\n", "1:8: EINVAL: 'addr=192.0.2.1:90-80': a port range ends before it starts"),
    ("host a addr=192.0.2.1:80,70-90\n", "1:8: EINVAL: 'addr=192.0.2.1:80,70-90': a port is named twice"),
    // Servers.
    ("host a addr=192.0.2.1 server=\n", "1:23: EINVAL: 'server=': bad server: expected exe:/PATH, user:UID or cgroup:/PATH"),
    ("host a addr=192.0.2.1 server=comm:httpd\n", "1:23: EINVAL: 'server=comm:httpd': bad server"),
    ("host a addr=192.0.2.1 server=exe:httpd\n", "1:23: EINVAL: 'server=exe:httpd': a path starts with /"),
    ("host a addr=192.0.2.1 server=cgroup:\n", "1:23: EINVAL: 'server=cgroup:': a path starts with /"),
    ("host a addr=192.0.2.1 server=user:www-data\n", "1:23: EINVAL: 'server=user:www-data': bad user"),
    ("host a addr=192.0.2.1 server=user:4294967295\n", "1:23: ERANGE: 'server=user:4294967295': a user is"),
    ("host a addr=192.0.2.1 server=user:1 server=user:1\n", "1:37: EINVAL: 'server=user:1': this server= is in the row already"),
    // Amounts of CPU.
    ("host a addr=192.0.2.1 cpu.min=5\n", "1:23: EINVAL: 'cpu.min=5': bad amount of CPU: expected N%, Ncpus or Nms/s"),
    ("host a addr=192.0.2.1 cpu.min=5cpu\n", "1:23: EINVAL: 'cpu.min=5cpu': bad amount"),
    ("host a addr=192.0.2.1 cpu.min=%\n", "1:23: EINVAL: 'cpu.min=%': bad amount"),
    ("host a addr=192.0.2.1 cpu.min=-1%\n", "1:23: EINVAL: 'cpu.min=-1%': bad amount"),
    ("host a addr=192.0.2.1 cpu.min=.5%\n", "1:23: EINVAL: 'cpu.min=.5%': bad amount"),
    ("host a addr=192.0.2.1 cpu.min=5.%\n", "1:23: EINVAL: 'cpu.min=5.%': bad amount"),
    ("host a addr=192.0.2.1 cpu.min=1.00000%\n", "1:23: EINVAL: 'cpu.min=1.00000%': bad amount"),
    ("host a addr=192.0.2.1 cpu.min=1e1%\n", "1:23: EINVAL: 'cpu.min=1e1%': bad amount"),
    ("host a addr=192.0.2.1 cpu.min=max\n", "1:23: EINVAL: 'cpu.min=max': bad amount"),
    ("host a addr=192.0.2.1 cpu.min=100.0001%\n", "1:23: ERANGE: 'cpu.min=100.0001%': more than there can be"),
    ("host a addr=192.0.2.1 cpu.max=8192.1cpus\n", "1:23: ERANGE: 'cpu.max=8192.1cpus': more than there can be"),
    ("host a addr=192.0.2.1 cpu.max=99999999999999999999ms/s\n", "1:23: ERANGE: 'cpu.max=99999999999999999999ms/s': more than"),
    ("host a addr=192.0.2.1 cpu.max=0%\n", "1:23: ERANGE: 'cpu.max=0%': a cap is more than nothing"),
    ("host a addr=192.0.2.1 cpu.min=10% cpu.max=0.3cpus\n", "1:35: EINVAL: 'cpu.max=0.3cpus': cpu.min is more than cpu.max"),
    ("host a addr=192.0.2.1 cpu.min=1% cpu.idle=1\n", "1:34: EINVAL: 'cpu.idle=1': cpu.idle=1 and a cpu.min exclude each other"),
    ("host a addr=192.0.2.1 cpu.min=46%\n", "1:23: ENOSPC: 'cpu.min=46%': guarantees do not fit: 95% of the machine can be guaranteed, 45% is left"),
    ("host b addr=192.0.2.9 cpu.min=1.5cpus\nhost a addr=192.0.2.1 cpu.min=300.4ms/s\n", "2:23: ENOSPC: 'cpu.min=300.4ms/s': guarantees do not fit: 95% of the machine can be guaranteed, 7.5% is left"),
    ("host bank addr=192.0.2.10 cpu.min=96%\n", "1:27: ENOSPC: 'cpu.min=96%': guarantees do not fit: 95% of the machine can be guaranteed, 95% is left"),
    ("begin\nhost a addr=192.0.2.1 cpu.min=96%\n", "2:23: ENOSPC: 'cpu.min=96%': guarantees do not fit"),
    // The other keys.
    ("host a addr=192.0.2.1 cpu.weight=x\n", "1:23: EINVAL: 'cpu.weight=x': bad weight"),
    ("host a addr=192.0.2.1 cpu.weight=0\n", "1:23: ERANGE: 'cpu.weight=0': a weight is a number from 1 to 10000"),
    ("host a addr=192.0.2.1 cpu.weight=10001\n", "1:23: ERANGE: 'cpu.weight=10001': a weight is"),
    ("host a addr=192.0.2.1 cpu.idle=yes\n", "1:23: EINVAL: 'cpu.idle=yes': expected cpu.idle=0 or cpu.idle=1"),
    ("host a addr=192.0.2.1 cpu.uclamp.min=1.234\n", "1:23: EINVAL: 'cpu.uclamp.min=1.234': bad clamp"),
    ("host a addr=192.0.2.1 cpu.uclamp.max=100.01\n", "1:23: ERANGE: 'cpu.uclamp.max=100.01': a clamp is"),
    ("host a addr=192.0.2.1 cpuset.cpus=\n", "1:23: EINVAL: 'cpuset.cpus=': bad CPU list"),
    ("host a addr=192.0.2.1 cpuset.cpus=8192\n", "1:23: ERANGE: 'cpuset.cpus=8192': a CPU is"),
    ("host a addr=192.0.2.1 cpuset.cpus=3-0\n", "1:23: EINVAL: 'cpuset.cpus=3-0': a range of CPUs ends"),
    ("host a addr=192.0.2.1 cpuset.cpus=0-3,2\n", "1:23: EINVAL: 'cpuset.cpus=0-3,2': a CPU is named twice"),
    ("host a addr=192.0.2.1 nice=20\n", "1:23: ERANGE: 'nice=20': a nice value is a number from -20 to 19"),
    ("host a addr=192.0.2.1 nice=-21\n", "1:23: ERANGE: 'nice=-21': a nice value is"),
    ("host a addr=192.0.2.1 nice=-0\n", "1:23: EINVAL: 'nice=-0': bad nice value"),
    ("host a addr=192.0.2.1 nice=--1\n", "1:23: EINVAL: 'nice=--1': bad nice value"),
    ("host a addr=192.0.2.1 nice=+1\n", "1:23: EINVAL: 'nice=+1': bad nice value"),
    ("host a addr=192.0.2.1 ioprio=be:8\n", "1:23: ERANGE: 'ioprio=be:8': an I/O priority level is"),
    ("host a addr=192.0.2.1 ioprio=rt\n", "1:23: EINVAL: 'ioprio=rt': bad I/O priority"),
    ("host a addr=192.0.2.1 ioprio=idle:1\n", "1:23: EINVAL: 'ioprio=idle:1': bad I/O priority"),
    // Matches that are taken.
    ("host a addr=192.0.2.10\n", "1:8: EEXIST: 'addr=192.0.2.10': row a cannot have a match of row bank"),
    ("host a addr=::ffff:192.0.2.10\n", "1:8: EEXIST: 'addr=::ffff:192.0.2.10': row a cannot have a match of row bank"),
    ("host a addr=192.0.2.1 addr=192.0.2.20:443,8100-9000\n", "1:23: EEXIST: 'addr=192.0.2.20:443,8100-9000': row a cannot have a match of row shop"),
    ("host a addr=192.0.2.20:1-65535\n", "1:8: EEXIST: 'addr=192.0.2.20:1-65535': row a cannot have a match of row shop"),
    ("host a addr=192.0.2.1 addr=192.0.2.1\n", "1:23: EEXIST: 'addr=192.0.2.1': row a has this match twice"),
    ("host a addr=192.0.2.1:80 addr=192.0.2.1:1-100\n", "1:26: EEXIST: 'addr=192.0.2.1:1-100': row a has this match twice"),
    // Bytes, and the place after good lines.
    ("host a addr=192.0.2.1\nhost \0b addr=192.0.2.2\n", "2:6: EINVAL: '\\x00': a control character: expected text"),
    ("host a addr=192.0.2.1\n\n\t\nboo\n", "4:1: EINVAL: 'boo': unknown verb"),
    ("host a addr=192.0.2.1\r\n", "1:22: EINVAL: '\\r': a control character: expected text"),
    ("host a addr=192.0.2.1", "1:1: EINVAL: 'host a addr=192.0.2.1': a write of less than 4096 bytes has to end with a newline"),
    ("flush\nhost a addr=192.0.2.1", "2:1: EINVAL: 'host a addr=192.0.2.1': a write of less than 4096 bytes"),
];

fn refused(desk: &mut Desk, bytes: &[u8]) -> String {
    let before = desk.print();
    let generation = desk.table.generation();
    let refusal = desk.put(bytes).expect_err("was taken");
    assert_eq!(desk.print(), before);
    assert_eq!(desk.table.generation(), generation);
    refusal.to_string()
}

#[test]
fn each_bad_line_is_refused_with_its_place_and_changes_nothing() {
    let mut desk = Desk::with(ROWS);
    for (text, expected) in REFUSED {
        let shown = refused(&mut desk, text.as_bytes());
        assert!(
            shown.starts_with(expected),
            "{text:?}\n    {shown}\n    {expected}"
        );
    }
}

#[test]
fn invalid_utf8_is_refused_at_its_first_byte() {
    let mut desk = Desk::with(ROWS);
    let shown = refused(&mut desk, b"\nhost a addr=\xff\n");
    assert_eq!(shown, "2:13: EINVAL: '\\xff': invalid UTF-8: expected text");
    let shown = refused(&mut desk, b"host \xc3\xa9\xc3 addr=192.0.2.1\n");
    assert_eq!(shown, "1:8: EINVAL: '\\xc3': invalid UTF-8: expected text");
}

#[test]
fn names_have_253_bytes_at_most() {
    let mut desk = Desk::with(ROWS);
    let longest = "x".repeat(limits::NAME_BYTES);
    desk.put(format!("host {longest} addr=192.0.2.1\n"))
        .unwrap();
    let shown = refused(
        &mut desk,
        format!("host {longest}x addr=192.0.2.2\n").as_bytes(),
    );
    let word = "x".repeat(44);
    assert_eq!(
        shown,
        format!("1:6: EINVAL: '{word}...': a name has at most 253 bytes")
    );
}

#[test]
fn lines_have_4096_bytes_at_most() {
    let mut desk = Desk::with(ROWS);
    let line = "host a addr=192.0.2.1";
    let longest = format!("{line}{}", " ".repeat(limits::LINE_BYTES - line.len()));
    desk.put(format!("{longest}\n")).unwrap();
    let shown = refused(&mut desk, format!("\n{longest} \n").as_bytes());
    assert!(
        shown.starts_with("2:1: E2BIG: 'host a addr=192.0.2.1 "),
        "{shown}"
    );
    assert!(
        shown.ends_with("...': the line is too long: expected at most 4096 bytes"),
        "{shown}"
    );
    // The same without an end, which a stream's line would get later.
    let shown = refused(&mut desk, "x".repeat(limits::LINE_BYTES + 1).as_bytes());
    assert!(shown.starts_with("1:1: E2BIG: "), "{shown}");
}

#[test]
fn a_row_has_64_matches_and_16_servers_at_most() {
    let mut desk = Desk::with(ROWS);
    let mut line = String::from("host a");
    for i in 0..limits::MATCHES_PER_ROW {
        line += &format!(" addr=10.0.0.{i}");
    }
    for i in 0..limits::SERVERS_PER_ROW {
        line += &format!(" server=user:{i}");
    }
    desk.put(format!("{line}\n")).unwrap();
    let shown = refused(&mut desk, format!("{line} addr=10.0.1.0\n").as_bytes());
    assert!(
        shown.contains(": E2BIG: 'addr=10.0.1.0': at most 64 addr= in a row"),
        "{shown}"
    );
    let shown = refused(&mut desk, format!("{line} server=user:99\n").as_bytes());
    assert!(
        shown.contains(": E2BIG: 'server=user:99': at most 16 server= in a row"),
        "{shown}"
    );
}

#[test]
fn keys_that_the_kernel_cannot_serve_are_refused() {
    let mut desk = Desk::with(ROWS);
    desk.supported = Supported {
        uclamp: false,
        cpuset: false,
        memory: false,
        pids: false,
        io: false,
    };
    for key in ["cpu.uclamp.min=1", "cpu.uclamp.max=max", "cpuset.cpus=0"] {
        let shown = refused(
            &mut desk,
            format!("host a addr=192.0.2.1 {key}\n").as_bytes(),
        );
        assert!(
            shown.starts_with(&format!("1:23: EOPNOTSUPP: '{key}': ")),
            "{shown}"
        );
    }
    desk.put("host a addr=192.0.2.1 cpu.weight=5\n").unwrap();
}

#[test]
fn the_table_holds_100000_rows() {
    let mut desk = Desk::new();
    let mut text = String::new();
    for i in 0..limits::ROWS {
        text += &format!(
            "host h{i} addr=10.{}.{}.{}\n",
            i >> 16,
            (i >> 8) & 255,
            i & 255
        );
    }
    desk.put(&text).unwrap();
    assert_eq!(desk.table.len(), limits::ROWS);
    let refusal = desk
        .put("host h7 addr=10.9.9.9\nhost one.more addr=10.9.9.8\n")
        .unwrap_err();
    let expected = "2:6: ENOSPC: 'one.more': the table is full: at most 100000 rows";
    assert_eq!(refusal.to_string(), expected);
    desk.put("del h7\nhost one.more addr=10.9.9.8\n").unwrap();
    // All names at once, none of them the same.
    desk.put(format!(
        "begin\n{}commit\n",
        text.replace("host h", "host g")
    ))
    .unwrap();
    assert_eq!(desk.table.len(), limits::ROWS);
    assert!(desk.table.slots() <= limits::HOST_IDS);
    desk.put(format!(
        "begin\n{}commit\n",
        text.replace("host h", "host f")
    ))
    .unwrap();
    assert_eq!(desk.table.len(), limits::ROWS);
    assert!(desk.table.slots() <= limits::HOST_IDS);
}

/// What write(2) gives is what the name says, as errno(3) of this machine has it.
#[test]
fn numbers_are_those_of_the_names() {
    let numbers = [
        (Errno::Enoent, "ENOENT", "No such file or directory"),
        (Errno::E2big, "E2BIG", "Argument list too long"),
        (Errno::Enomem, "ENOMEM", "Cannot allocate memory"),
        (Errno::Eexist, "EEXIST", "File exists"),
        (Errno::Einval, "EINVAL", "Invalid argument"),
        (Errno::Enospc, "ENOSPC", "No space left on device"),
        (Errno::Espipe, "ESPIPE", "Illegal seek"),
        (Errno::Erange, "ERANGE", "Numerical result out of range"),
        (Errno::Eopnotsupp, "EOPNOTSUPP", "Operation not supported"),
    ];
    for (errno, name, text) in numbers {
        assert_eq!(errno.name(), name);
        let system = std::io::Error::from_raw_os_error(errno.code()).to_string();
        assert!(system.starts_with(text), "{name}: {system}");
    }
}
