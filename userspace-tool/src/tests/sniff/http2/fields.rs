// SPDX-License-Identifier: GPL-2.0

//! Field blocks (RFC 7541) and which field names the host.

use super::*;

#[test]
fn which_field_names_the_host() {
    let absent = none(Nameless::Absent);
    let malformed = none(Nameless::Malformed);
    let authority = |name| literal(true, ":authority", name);
    let host = |name| literal(true, "host", name);
    for (fields, what) in [
        (vec![authority("a.example")], is("a.example")),
        (vec![host("b.example")], is("b.example")),
        (
            vec![authority("a.example"), host("b.example")],
            is("a.example"),
        ),
        (
            vec![host("b.example"), authority("a.example")],
            is("a.example"),
        ),
        (
            vec![authority("a.example"), authority("c.example")],
            is("a.example"),
        ),
        (
            vec![host("b.example"), host("b.example")],
            malformed.clone(),
        ),
        (vec![host("b.example"), hex("a6")], malformed.clone()),
        (
            vec![host("b.example"), host("c.example"), authority("a.example")],
            is("a.example"),
        ),
        (vec![authority("")], absent.clone()),
        (vec![authority(""), host("b.example")], absent.clone()),
        (vec![hex("81")], absent.clone()),
        (vec![hex("a6")], absent.clone()),
        (vec![], absent.clone()),
        (vec![hex("828684")], absent.clone()),
        (
            vec![authority("[::1]:80"), host("b.example")],
            malformed.clone(),
        ),
        (vec![authority("user@a.example")], malformed.clone()),
        (vec![authority("A.Example.:8080")], is("a.example")),
        (vec![literal(false, "Host", "b.example")], absent.clone()),
        (vec![literal(false, "hostx", "b.example")], absent.clone()),
        (vec![literal(false, "hos", "b.example")], absent.clone()),
        (
            vec![literal(false, ":authorit", "b.example")],
            absent.clone(),
        ),
        (
            vec![literal(false, ":authorityx", "b.example")],
            absent.clone(),
        ),
        (
            vec![literal(false, ":huthority", "b.example")],
            absent.clone(),
        ),
        (vec![hex("0109"), b"a.example".to_vec()], is("a.example")),
        (vec![hex("1109"), b"a.example".to_vec()], is("a.example")),
        (vec![hex("0f1709"), b"b.example".to_vec()], is("b.example")),
        (vec![hex("6609"), b"b.example".to_vec()], is("b.example")),
    ] {
        let block = fields.concat();
        assert_eq!(of(&[headers(1, &block)]), [what], "{fields:?}");
    }
}

#[test]
fn integers_have_four_more_bytes_at_most() {
    // A limit of 4096, a length of 127 and an index of 15, with zeros behind that say nothing.
    let value = [b'y'; 127];
    for (front, zeros, back) in [
        ("3fe19f", 1, &[0x82][..]),
        ("417f", 3, &value),
        ("0f", 3, &[1, b'y']),
    ] {
        for more in [0, 1] {
            let zeros = vec![0x80; zeros + more];
            let block = [&hex(front), &zeros, &[0][..], back].concat();
            let malformed = of(&[headers(1, &block)])[0] == none(Nameless::Malformed);
            assert_eq!(malformed, more == 1, "{front}");
        }
    }
}

#[test]
fn broken_blocks_are_malformed() {
    let next = headers(3, &literal(false, ":authority", "b.example"));
    for (name, block) in [
        ("index 0", "80"),
        ("an index of no entry", "be"),
        ("the index of no name", "7f00 0161"),
        ("an index of five bytes", "ff80 8080 8000"),
        ("an index of five bytes without an end", "ff80 8080 80"),
        ("a large index", "ffff ffff 7f"),
        ("an index without an end", "ff"),
        ("half a name", "0003 6162"),
        ("half a value", "0001 6103 6162"),
        ("no value", "0001 61"),
        ("no name", "40"),
        ("a length of five bytes", "007f 8080 8080 00"),
        ("padding of 8 bits", "0001 6182 1fff"),
        ("nothing but padding", "0001 6181 ff"),
        ("padding of zeros", "0001 6181 18"),
        ("padding not all ones", "0001 6181 1e"),
        ("EOS", "0001 6184 ffff ffff"),
        ("EOS behind a letter", "0001 6185 1fff ffff ff"),
        ("half a code", "0001 6182 fffe"),
        ("EOS in a name", "0084 ffff ffff 0161"),
        ("a limit behind a field", "8220"),
        ("a limit between fields", "8220 82"),
        ("half a limit", "3f"),
    ] {
        let bytes = [headers(1, &hex(block)), next.clone()];
        let said = of(&bytes);
        assert_eq!(said, [none(Nameless::Malformed), What::End], "{name}");
    }
    // As soon as it is known: behind 30 ones, of a string that goes on.
    let eos = [
        headers(1, &hex("0001 618a ffff ffff ffff ffff ffff")),
        next.clone(),
    ]
    .concat();
    let events = said(Http2::new, &[PREFACE, &eos].concat());
    let at = (PREFACE.len() + 9 + 4 + 4) as u64;
    assert_eq!(
        events.iter().map(|event| event.at).collect::<Vec<_>>(),
        [at, at + 1]
    );
    // Padding behind it is not waited for.
    let padded = frame(1, END_HEADERS | PADDED, 1, &[5, 0x40, 0, 0, 0, 0, 0]);
    let events = said(Http2::new, &[PREFACE, &padded].concat());
    let at = (PREFACE.len() + 9 + 2) as u64;
    assert_eq!(
        events.iter().map(|event| event.at).collect::<Vec<_>>(),
        [at, at + 1]
    );
    // What was said before is not said again.
    let authority = literal(true, ":authority", "a.example");
    let block = [authority.clone(), hex("80")].concat();
    assert_eq!(of(&[headers(1, &block)]), [is("a.example"), What::Lost]);
    let trailers = headers(1, &hex("80"));
    assert_eq!(
        of(&[headers(1, &authority), trailers]),
        [is("a.example"), What::Lost]
    );
    let half = frame(1, END_HEADERS, 1, &authority[..5]);
    assert_eq!(of(&[half, next]), [none(Nameless::Malformed), What::End]);
}
