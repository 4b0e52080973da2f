// SPDX-License-Identifier: GPL-2.0

//! Every allocation that can fail.

use crate::check::{
    lines,
    Desk, //
};
use crate::mem::fail_nth;
use crate::policy::Errno;

const ROWS: &str =
    "host a addr=192.0.2.1:80,443 server=exe:/bin/x\nhost b addr=192.0.2.2\nhost default\n";

/// Writes `bytes` again and again, with one more allocation each time, until they are taken.
fn fail_each(text: &str) -> u64 {
    for allowed in 0.. {
        let mut desk = Desk::with(ROWS);
        let before = desk.print();
        let mut file = desk.open();
        fail_nth(Some(allowed));
        let result = desk.write(&mut file, text.as_bytes());
        fail_nth(None);
        match result {
            Ok(_) => {
                desk.check();
                return allowed;
            }
            Err(refusal) => {
                assert_eq!(refusal.errno(), Errno::Enomem, "{allowed}: {refusal}");
                assert_eq!(desk.print(), before);
                desk.check();
                // The same file can be written when there is memory.
                desk.write(&mut file, text.as_bytes()).unwrap();
                desk.check();
            }
        }
    }
    unreachable!()
}

#[test]
fn no_memory_changes_nothing() {
    let grow = lines((0..40).map(|i| format!("host h{i} addr=10.0.0.{i} nice=1")));
    let texts = [
        "host c addr=192.0.2.3:1000-5000 server=cgroup:/x cpuset.cpus=0 cpu.min=1%\n",
        "host a addr=192.0.2.1:80\nhost b addr=192.0.2.1:443\n",
        "del a\ndel b\nhost d addr=192.0.2.2\n",
        "flush\nhost d addr=192.0.2.2\n",
        "begin\nhost d addr=192.0.2.2\nhost a addr=192.0.2.1\ncommit\n",
        &grow,
    ];
    for text in texts {
        let allocations = fail_each(text);
        assert!(allocations > 3, "{text}: only {allocations} allocations");
    }
}

#[test]
fn a_transaction_without_memory_at_its_end_changes_nothing() {
    for allowed in 0.. {
        let mut desk = Desk::with(ROWS);
        let (mut one, mut two) = (desk.open(), desk.open());
        desk.write(&mut one, b"begin\nhost c addr=192.0.2.1\n")
            .unwrap();
        // The commit has to make the table anew, because another one was published.
        desk.write(&mut two, b"del a\nhost e addr=192.0.2.7\n")
            .unwrap();
        let before = desk.print();
        fail_nth(Some(allowed));
        let result = desk.write(&mut one, b"host d addr=192.0.2.9\ncommit\n");
        fail_nth(None);
        desk.check();
        match result {
            Ok(_) => return assert!(allowed > 10),
            Err(refusal) => assert_eq!(refusal.errno(), Errno::Enomem),
        }
        assert_eq!(desk.print(), before);
        let again = desk.write(&mut one, b"commit\n").unwrap_err();
        assert_eq!(again.errno(), Errno::Einval);
    }
}
