// SPDX-License-Identifier: GPL-2.0

//! Host names.

use crate::sniff::Name;
use crate::sniff::Nameless;

fn read(text: &str) -> Result<String, Nameless> {
    let mut name = Name::new();
    name.extend(text.as_bytes());
    name.get().map(str::to_owned)
}

#[test]
fn names_are_put_into_the_form_in_which_they_are_compared() {
    let long = vec!["a".repeat(63); 4].join(".")[..253].to_owned();
    for (text, name) in [
        ("flowers.example", "flowers.example"),
        ("FLOWERS.Example", "flowers.example"),
        ("flowers.example.", "flowers.example"),
        ("flowers.example:8080", "flowers.example"),
        ("flowers.example.:8080", "flowers.example"),
        ("flowers.example:", "flowers.example"),
        (
            "_dmarc.xn--bcher-kva.example",
            "_dmarc.xn--bcher-kva.example",
        ),
        ("192.0.2.10", "192.0.2.10"),
        ("localhost", "localhost"),
        (&long, &long),
        (&format!("{long}.:65535"), &long),
    ] {
        assert_eq!(read(text).as_deref(), Ok(name), "{text}");
    }
}

#[test]
fn what_is_no_name_is_known() {
    assert_eq!(read(""), Err(Nameless::Absent));
    let long = format!("{}a", "a.".repeat(127));
    assert_eq!(long.len(), 255);
    for text in [
        "[2001:db8::1]",
        "[2001:db8::1]:80",
        ".",
        ".flowers.example",
        "flowers..example",
        "flowers.example..",
        ":80",
        "flowers.example:80a",
        "flowers.example:123456",
        "flowers.example:80:80",
        "flowers example",
        "flowers.example ",
        "user@flowers.example",
        "bücher.example",
        "flowers\0.example",
        "*.flowers.example",
        "flowers.example/",
        "%66lowers.example",
        &long,
        &long[1..],
    ] {
        assert_eq!(read(text), Err(Nameless::Malformed), "{text}");
    }
}

#[test]
fn cleared_name_is_as_new() {
    let mut name = Name::new();
    name.extend(b"[odd");
    name.clear();
    assert!(name.is_empty());
    name.extend(b"a.example");
    assert_eq!(name.get(), Ok("a.example"));
}
