// SPDX-License-Identifier: GPL-2.0

//! Signatures of modules.

use crate::tool::doctor::is_signed;
use flate2::write::GzEncoder;
use flate2::Compression;
use std::fs;
use std::io::Write;
use std::path::Path;

#[test]
fn they_are_seen_in_modules_that_are_packed_too() {
    const SIGNED: &[u8] = b"\x7fELF...~Module signature appended~\n";
    const UNSIGNED: &[u8] = b"\x7fELF...";
    let directory = tempfile::tempdir().expect("room for a directory");
    let file = |name: &str, bytes: &[u8]| {
        let path = directory.path().join(name);
        fs::write(&path, bytes).expect("room for a file");
        path.display().to_string()
    };
    let packed = |bytes: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).expect("memory");
        packed.finish().expect("memory")
    };
    let is_signed = |path: &str, modinfo: &str| is_signed(path, Path::new(modinfo));
    for (bytes, expected) in [(SIGNED, true), (UNSIGNED, false)] {
        let (plain, packed) = (file("vhqos.ko", bytes), file("vhqos.ko.gz", &packed(bytes)));
        assert_eq!(is_signed(&plain, "/nonexistent"), Some(expected));
        assert_eq!(is_signed(&packed, "/nonexistent"), Some(expected));
    }
    assert_eq!(is_signed("/nonexistent.ko", "/bin/echo"), None);
    assert_eq!(is_signed(&file("vhqos.ko.gz", SIGNED), "/bin/echo"), None);
    for name in ["vhqos.ko.xz", "vhqos.ko.zst"] {
        let packed = file(name, b"");
        // It is given words, which echo prints and true does not.
        assert_eq!(is_signed(&packed, "/bin/echo"), Some(true));
        assert_eq!(is_signed(&packed, "/bin/true"), Some(false));
        assert_eq!(is_signed(&packed, "/bin/false"), None);
        assert_eq!(is_signed(&packed, "/nonexistent"), None);
    }
}
