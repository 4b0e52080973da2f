// SPDX-License-Identifier: GPL-2.0
//! What web servers of the tests serve: a page that burns CPU time, one that says who served it, and a small one.

use crate::load::Speech;
use std::fs;

/// Where the pages lie.
pub const DIRECTORY: &str = "/run/site/pages";

/// The page that says who served it.
pub const WHO: &str = "/who.php";

/// Burns `us` microseconds of CPU time, the server's own measure.
const BURN: &str = r#"<?php
function used() { $u = getrusage(); return ($u['ru_utime.tv_sec'] + $u['ru_stime.tv_sec']) * 1000000 + $u['ru_utime.tv_usec'] + $u['ru_stime.tv_usec']; }
$end = used() + (int)($_GET['us'] ?? 0);
while (used() < $end) { for ($i = 0; $i < 200; $i++) { } }
$text = "done\n";
header('Content-Length: ' . strlen($text));
echo $text;
"#;

/// The process and its group, and who asked as the server knows it.
const SAY: &str = r#"<?php
preg_match('/^0::(.*)$/m', file_get_contents('/proc/self/cgroup'), $group);
$text = 'task=' . getmypid() . ' group=' . $group[1] . ' peer=' . $_SERVER['REMOTE_ADDR'] . "\n";
header('Content-Length: ' . strlen($text));
echo $text;
"#;

/// Writes the pages.
#[track_caller]
pub fn put() {
    fs::create_dir_all(DIRECTORY).expect("/run is writable");
    let small = "vhqos\n".repeat(170);
    for (name, text) in [
        ("/burn.php", BURN),
        (WHO, SAY),
        ("/index.html", small.as_str()),
    ] {
        fs::write(format!("{DIRECTORY}{name}"), text).expect("/run is writable");
    }
}

/// The path of the page that burns CPU.
pub fn burn_path(microseconds: u32) -> String {
    format!("/burn.php?us={microseconds}")
}

/// A request for the page that burns CPU.
pub fn burn(microseconds: u32) -> Speech {
    Speech::page(&burn_path(microseconds))
}

/// The same, of the host with this name.
pub fn burn_of(host: &str, microseconds: u32) -> Speech {
    Speech::of(host, &burn_path(microseconds))
}
