// SPDX-License-Identifier: GPL-2.0

//! What holds for every input: property tests and fuzz targets call the same functions.
//!
//! Each of them takes any bytes and panics when something does not hold.

mod desk;
mod model;
mod sequence;
pub(crate) mod sniff;

pub(crate) use desk::{
    lines,
    Desk,
    File,
    MACHINE, //
};
pub(crate) use model::look_up;
pub use sequence::sequence;
#[cfg(any(test, fuzzing))]
pub use sniff::{
    fastcgi::fastcgi,
    http1::http1,
    http2::http2,
    proxy::proxy,
    scgi::scgi,
    stream::stream,
    tls::tls,
    uwsgi::uwsgi, //
};

use crate::policy::{
    vps,
    Refusal, //
};

/// Rows that a written text may clash with.
const ROWS: &str = "\
host bank addr=192.0.2.10 addr=[2001:db8::10]:443 cpu.min=50%
host flowers addr=192.0.2.20:80,443 cpu.min=2% cpu.max=10%
host acme addr=198.51.100.0/24 server=exe:/usr/sbin/apache2 nice=5
host default cpu.weight=100
";

/// Any text, as one write: it is taken, and what is read then makes the same table; or it is refused
/// with its place, and nothing has changed.
pub fn grammar(text: &[u8]) {
    let mut desk = Desk::with(ROWS);
    let before = desk.print();
    match desk.put(text) {
        Ok(_) => desk.check(),
        Err(refusal) => {
            check_refusal(&refusal, text);
            assert_eq!(desk.print(), before, "a refused write changed the table");
        }
    }
}

/// The refusal's place is in the text, and its words are there.
fn check_refusal(refusal: &Refusal, text: &[u8]) {
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let line = usize::try_from(refusal.line()).unwrap();
    let column = usize::try_from(refusal.column()).unwrap();
    assert!((1..=lines.len()).contains(&line), "{refusal}");
    assert!(
        (1..=lines[line - 1].len() + 1).contains(&column),
        "{refusal}"
    );
    let place = format!("{line}:{column}: {}: ", refusal.errno().name());
    let shown = refusal.to_string();
    assert!(
        shown.starts_with(&place) && shown.len() > place.len(),
        "{shown}"
    );
    assert!(!shown.contains('\n') && shown.is_ascii(), "{shown}");
}

/// Any text, as commands of VPSes: all of it is read, or it is refused with its place before the first
/// command is carried out.
pub fn commands(text: &[u8]) {
    let mut count = 0;
    let lines = text.iter().filter(|byte| **byte == b'\n').count() as u64;
    let result = vps::each_command(text, 1, |command| {
        assert!(!command.name().is_empty());
        count += 1;
        Ok(())
    });
    match result {
        Ok(read) => assert_eq!(read, lines),
        Err(refusal) => {
            check_refusal(&refusal, text);
            assert_eq!(count, 0, "something was done before {refusal}");
        }
    }
}

/// Any text in one transaction, in one write and in two: both make the same table, or both are
/// refused at the same place and change nothing.
pub fn split(text: &[u8], cut: usize) {
    if text.windows(6).any(|bytes| bytes == b"commit") {
        return;
    }
    // Blank lines make each piece long enough to end anywhere.
    let mut whole = vec![b'\n'; crate::limits::STREAM_WRITE_BYTES];
    whole.extend_from_slice(b"begin\n");
    let cut = whole.len() + cut % (text.len() + 1);
    whole.extend_from_slice(text);
    whole.extend_from_slice(b"\ncommit\n");

    let mut one = Desk::with(ROWS);
    let before = one.print();
    let result = one.put(&whole);

    let mut two = Desk::with(ROWS);
    let mut file = two.open();
    let pieces = two.write(&mut file, &whole[..cut]).and_then(|_| {
        assert_eq!(two.print(), before, "a transaction showed before its end");
        two.write(&mut file, &whole[cut..])
    });
    match (result, pieces) {
        (Ok(_), Ok(_)) => {
            assert_eq!(one.print(), two.print());
            two.check();
        }
        (Err(one_refusal), Err(two_refusal)) => {
            assert_eq!(one_refusal.errno(), two_refusal.errno());
            assert_eq!(one_refusal.line(), two_refusal.line());
            assert_eq!(one.print(), before);
            assert_eq!(two.print(), before);
        }
        (one, two) => panic!("{:?} in one write, {:?} in two", one.err(), two.err()),
    }
}
