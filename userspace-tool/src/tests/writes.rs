// SPDX-License-Identifier: GPL-2.0

//! Writes: pieces, offsets, transactions, and what is left at close.

use crate::check::{
    self,
    lines,
    Desk, //
};
use crate::limits;
use crate::policy::{
    Errno,
    HostId,
    Refusal, //
};

const ROWS: &str =
    "host a addr=192.0.2.1 cpu.min=10%\nhost b addr=192.0.2.2:80\ndel a\nhost default\n";

fn errno<T>(result: Result<T, Refusal>) -> Option<Errno> {
    result.err().map(|refusal| refusal.errno())
}

#[test]
fn a_short_write_split_anywhere_is_refused_or_whole() {
    let whole = Desk::with(ROWS);
    for cut in 1..ROWS.len() {
        let (first, second) = ROWS.split_at(cut);
        let mut desk = Desk::new();
        let mut file = desk.open();
        let result = desk.write(&mut file, first.as_bytes());
        if first.ends_with('\n') {
            result.unwrap();
            desk.write(&mut file, second.as_bytes()).unwrap();
            assert_eq!(desk.sorted(), whole.sorted());
        } else {
            assert_eq!(errno(result), Some(Errno::Einval));
            assert!(desk.table.is_empty());
            // The file can still be written from its start.
            desk.write(&mut file, ROWS.as_bytes()).unwrap();
            assert_eq!(desk.sorted(), whole.sorted());
        }
    }
}

#[test]
fn a_transaction_split_anywhere_is_whole() {
    for cut in 0..=ROWS.len() {
        check::split(ROWS.as_bytes(), cut);
    }
}

#[test]
fn a_stream_is_taken_in_pieces_of_any_size() {
    let row = |i| format!("host h{i} addr=10.0.{}.{}", i >> 8, i & 255);
    let text = lines((0..2000).map(row));
    let whole = Desk::with(&text);
    for size in [4096, 4097, 5000, 8191, 131_072] {
        let mut desk = Desk::new();
        let mut file = desk.open();
        for piece in text.as_bytes().chunks(size) {
            desk.write(&mut file, piece).unwrap();
        }
        assert_eq!(desk.print(), whole.print(), "pieces of {size} bytes");
        assert!(file.writer.close().is_none());
    }
}

#[test]
fn a_refusal_counts_lines_from_the_first_byte_of_the_file() {
    let mut desk = Desk::new();
    let mut file = desk.open();
    desk.write(&mut file, b"host a addr=192.0.2.1\n\n").unwrap();
    let refusal = desk
        .write(&mut file, b"host b addr=192.0.2.2\nboo\n")
        .unwrap_err();
    assert_eq!((refusal.line(), refusal.column()), (4, 1));
    // A refused write counts for nothing.
    let refusal = desk.write(&mut file, b"boo\n").unwrap_err();
    assert_eq!((refusal.line(), refusal.column()), (3, 1));
    desk.write(&mut file, b"host b addr=192.0.2.2\n").unwrap();
    assert_eq!(desk.table.len(), 2);
}

#[test]
fn a_held_line_is_refused_where_it_starts() {
    let mut desk = Desk::new();
    let mut file = desk.open();
    let mut first = vec![b'\n'; limits::STREAM_WRITE_BYTES];
    first.extend_from_slice(b"host a addr=192.0");
    assert!(!desk.write(&mut file, &first).unwrap());
    let refusal = desk.write(&mut file, b".2.x\n").unwrap_err();
    let expected = "4097:8: EINVAL: 'addr=192.0.2.x': bad address";
    assert!(refusal.to_string().starts_with(expected), "{refusal}");
    // The start of the line is lost, so nothing more is taken.
    let refusal = desk
        .write(&mut file, b"host b addr=192.0.2.2\n")
        .unwrap_err();
    assert!(
        refusal.to_string().contains("open the file again"),
        "{refusal}"
    );
    assert!(desk.table.is_empty());
}

#[test]
fn a_held_line_has_4096_bytes_at_most() {
    let line = "host a addr=192.0.2.1";
    let longest = format!("{line}{}", " ".repeat(limits::LINE_BYTES - line.len()));
    for (more, taken) in [("\n", true), (" \n", false)] {
        let mut desk = Desk::new();
        let mut file = desk.open();
        assert!(!desk.write(&mut file, longest.as_bytes()).unwrap());
        let result = desk.write(&mut file, more.as_bytes());
        assert_eq!(errno(result), (!taken).then_some(Errno::E2big));
        assert_eq!(desk.table.len(), usize::from(taken));
    }
}

#[test]
fn a_write_at_another_offset_is_refused() {
    let mut desk = Desk::new();
    let mut file = desk.open();
    file.offset = 5;
    let refusal = desk
        .write(&mut file, b"host a addr=192.0.2.1\n")
        .unwrap_err();
    let expected = "1:1: ESPIPE: write at another offset: expected 0, where the last write ended";
    assert_eq!(refusal.to_string(), expected);
    file.offset = 0;
    desk.write(&mut file, b"host a addr=192.0.2.1\n").unwrap();
    file.offset = 0;
    assert_eq!(
        errno(desk.write(&mut file, b"flush\n")),
        Some(Errno::Espipe)
    );
    assert_eq!(desk.table.len(), 1);
}

#[test]
fn writes_that_say_nothing_publish_nothing() {
    let mut desk = Desk::new();
    for text in ["", "\n", " \t\n\n"] {
        assert!(!desk.put(text).unwrap());
    }
    assert_eq!(desk.table.generation(), 0);
}

#[test]
fn a_write_may_be_for_one_generation_only() {
    let mut desk = Desk::with("host a addr=192.0.2.1\n");
    assert_eq!(desk.table.generation(), 1);
    assert!(!desk.put("generation 1\n").unwrap());
    assert!(desk.put("generation 1\nhost b addr=192.0.2.2\n").unwrap());
    // Somebody who has read the table before that write.
    let late = desk.put("generation 1\nhost c addr=192.0.2.3\n");
    assert_eq!(errno(late), Some(Errno::Eagain));
    let whole = "generation 2\nbegin\nhost c addr=192.0.2.3\ncommit\n";
    assert!(desk.put(whole).unwrap());
    assert_eq!(desk.print(), "host c addr=192.0.2.3\n");
}

#[test]
fn a_transaction_shows_at_commit_only() {
    let mut desk = Desk::with("host old addr=192.0.2.1\nhost kept addr=192.0.2.2\n");
    let before = desk.print();
    let kept = desk.table.find("kept");
    let mut file = desk.open();
    for line in [
        "begin\n",
        "host new addr=192.0.2.1\n",
        "host kept addr=192.0.2.3\n",
    ] {
        assert!(!desk.write(&mut file, line.as_bytes()).unwrap());
        assert!(file.writer.in_transaction());
        assert_eq!(desk.print(), before);
    }
    assert!(desk
        .write(&mut file, b"commit\nhost more addr=192.0.2.4\n")
        .unwrap());
    assert!(!file.writer.in_transaction());
    assert_eq!(desk.table.len(), 3);
    assert_eq!(desk.table.find("kept"), kept);
    assert_eq!(desk.table.find("old"), None);
}

#[test]
fn what_is_unfinished_at_close_is_said_and_dropped() {
    let mut desk = Desk::new();
    let mut file = desk.open();
    desk.write(&mut file, b"begin\nhost a addr=192.0.2.1\n")
        .unwrap();
    let refusal = file.writer.close().unwrap();
    let expected = "3:1: EINVAL: the file was closed before commit, and the transaction is dropped";
    assert_eq!(refusal.to_string(), expected);

    let mut file = desk.open();
    let text = [&vec![b'\n'; limits::STREAM_WRITE_BYTES][..], b"host a"].concat();
    desk.write(&mut file, &text).unwrap();
    let refusal = file.writer.close().unwrap();
    let expected = "4097:1: EINVAL: 'host a': the file was closed inside a line, which is dropped";
    assert_eq!(refusal.to_string(), expected);
    assert!(desk.table.is_empty());
}

#[test]
fn a_refused_line_ends_the_transaction_and_the_file() {
    let mut desk = Desk::with("host old addr=192.0.2.1\n");
    let mut file = desk.open();
    desk.write(&mut file, b"begin\nhost a addr=192.0.2.2\n")
        .unwrap();
    assert_eq!(
        errno(desk.write(&mut file, b"host b\n")),
        Some(Errno::Einval)
    );
    assert!(!file.writer.in_transaction());
    // Else these would be taken for commands of their own.
    for line in ["host c addr=192.0.2.3\n", "commit\n", "begin\n"] {
        assert_eq!(
            errno(desk.write(&mut file, line.as_bytes())),
            Some(Errno::Einval)
        );
    }
    assert_eq!(desk.print(), "host old addr=192.0.2.1\n");
    assert!(file.writer.close().is_none());
}

#[test]
fn a_write_that_could_not_be_published_is_taken_back() {
    let desk = Desk::with("host old addr=192.0.2.1\n");
    let mut file = desk.open();
    let mut write = |offset, text: &str| {
        let result = file.writer.write(
            &desk.table,
            &desk.machine,
            &desk.supported,
            offset,
            text.as_bytes(),
        );
        file.writer.take_back();
        result.map(|_| ()).map_err(|refusal| refusal.to_string())
    };
    write(0, "host a addr=192.0.2.2\n").unwrap();
    // The same place and line again.
    let shown = write(0, "boo\n").unwrap_err();
    assert!(shown.starts_with("1:1: EINVAL: 'boo'"), "{shown}");
    write(0, "begin\nhost a addr=192.0.2.2\ncommit\n").unwrap();

    // What was held back before is lost with it.
    let mut desk = Desk::new();
    let mut file = desk.open();
    desk.write(&mut file, b"begin\nhost a addr=192.0.2.2\n")
        .unwrap();
    let offset = file.offset;
    let (machine, supported) = (desk.machine, desk.supported);
    let writer = &mut file.writer;
    assert!(writer
        .write(&desk.table, &machine, &supported, offset, b"commit\n")
        .is_ok());
    writer.take_back();
    assert_eq!(
        errno(desk.write(&mut file, b"host b addr=192.0.2.3\n")),
        Some(Errno::Einval)
    );
}

#[test]
fn two_writers_at_once_do_not_mix() {
    let mut desk = Desk::with("host x addr=192.0.2.9\n");
    let (mut one, mut two) = (desk.open(), desk.open());
    desk.write(
        &mut one,
        b"begin\nhost a addr=192.0.2.1\nhost y addr=192.0.2.5\n",
    )
    .unwrap();
    desk.write(
        &mut two,
        b"begin\nhost b addr=192.0.2.1\nhost y addr=192.0.2.6\n",
    )
    .unwrap();
    desk.write(&mut two, b"host c addr=192.0.2.2\ncommit\n")
        .unwrap();
    assert_eq!(desk.table.len(), 3);
    let y = desk.table.find("y");
    // The slots that the first one chose are the second one's now; `Desk` checks that they change.
    desk.write(&mut one, b"host d addr=192.0.2.3\ncommit\n")
        .unwrap();
    assert_eq!(
        desk.sorted(),
        [
            "host a addr=192.0.2.1",
            "host d addr=192.0.2.3",
            "host y addr=192.0.2.5"
        ]
    );
    assert_eq!(desk.table.find("y"), y);
    desk.check();
}

#[test]
fn a_slot_is_empty_between_two_names() {
    let mut desk = Desk::with("host a addr=192.0.2.1\n");
    assert_eq!(desk.table.find("a"), Some(HostId(0)));
    desk.put("del a\nhost b addr=192.0.2.1\n").unwrap();
    assert_eq!(desk.table.find("b"), Some(HostId(1)));
    desk.put("host c addr=192.0.2.2\n").unwrap();
    assert_eq!(desk.table.find("c"), Some(HostId(0)));
    desk.put("flush\nhost a addr=192.0.2.1\nhost b addr=192.0.2.2\n")
        .unwrap();
    assert_eq!(desk.table.find("b"), Some(HostId(1)));
    assert_eq!(desk.table.find("a"), Some(HostId(2)));
}
