// SPDX-License-Identifier: GPL-2.0
//! The kernel's own log: anything that it complains about is a failure, whatever the tests say.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;

/// Parts of lines that no healthy run has.
const BAD: [&str; 17] = [
    "WARNING:",
    "BUG:",
    "Oops",
    "general protection",
    "KASAN",
    "UBSAN",
    "rust_kernel: panicked",
    "INFO: possible recursive locking",
    "INFO: task ",
    "possible circular locking",
    "inconsistent lock state",
    "suspicious RCU usage",
    "sleeping function called",
    "soft lockup",
    "rcu_preempt detected stalls",
    "ODEBUG:",
    "kernel BUG at",
];

/// Every message of the log so far, without its prefix.
pub fn messages() -> Vec<String> {
    let mut file = match OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NONBLOCK)
        .open("/dev/kmsg")
    {
        Ok(file) => file,
        Err(error) => return vec![format!("WARNING: /dev/kmsg: {error}")],
    };
    let mut found = Vec::new();
    let mut record = [0; 8192];
    loop {
        match file.read(&mut record) {
            Ok(0) => return found,
            Ok(length) => {
                let text = String::from_utf8_lossy(&record[..length]).into_owned();
                let message = text
                    .split_once(';')
                    .map_or(text.as_str(), |(_, message)| message);
                found.push(message.lines().next().unwrap_or("").to_owned());
            }
            // EPIPE: records were overwritten while reading; the next read goes on behind them.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {}
            Err(_) => return found,
        }
    }
}

/// The messages that make a run fail.
pub fn complaints() -> Vec<String> {
    messages()
        .into_iter()
        .filter(|line| BAD.iter().any(|bad| line.contains(bad)))
        .collect()
}
