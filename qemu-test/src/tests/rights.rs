// SPDX-License-Identifier: GPL-2.0
//! Who may read and write: CAP_SYS_ADMIN in the initial user namespace, of the opener and of the writer.

use crate::process::aside;
use crate::process::say;
use crate::scene::plain_rows;
use crate::vhqos;
use nix::errno::Errno;
use nix::sched::unshare;
use nix::sched::CloneFlags;
use nix::unistd::setgid;
use nix::unistd::setuid;
use nix::unistd::Gid;
use nix::unistd::Uid;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;
use std::process::Stdio;

crate::tests! { "rights";
    root_reads_and_writes(10),
    user_can_do_neither(10),
    container_root_without_the_capability_cannot_write(10),
    container_root_without_the_capability_cannot_watch(10),
    container_root_with_the_capability_can(10),
    root_of_a_user_namespace_can_do_neither(10),
    inherited_descriptor_does_not_give_the_right_to_write(20),
    set_uid_writer_does_not_write_for_its_caller(20),
}

const CAP_SYS_ADMIN: u32 = 21;
const LINE: &str = "host extra addr=192.0.2.30\n";

/// Which rights a writer has.
#[derive(Clone, Copy)]
enum Rights {
    Root,
    User,
    /// Root without one capability, as in a container, in namespaces of its own.
    Container {
        with_capability: bool,
    },
    UserNamespaceRoot,
}

/// Takes the rights; in a child.
fn take(rights: Rights) {
    match rights {
        Rights::Root => {}
        Rights::User => {
            setgid(Gid::from_raw(1000)).expect("root may");
            setuid(Uid::from_raw(1000)).expect("root may");
        }
        Rights::Container { with_capability } => {
            unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWIPC)
                .expect("root may");
            if !with_capability {
                // SAFETY: the call takes numbers only.
                assert_eq!(
                    unsafe { libc::prctl(libc::PR_CAPBSET_DROP, CAP_SYS_ADMIN) },
                    0
                );
                drop_capability(3);
            }
        }
        Rights::UserNamespaceRoot => {
            take(Rights::User);
            // A changed user is not dumpable, and its /proc/self belongs to root.
            nix::sys::prctl::set_dumpable(true).expect("may");
            unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)
                .expect("user namespaces are on");
            std::fs::write("/proc/self/setgroups", "deny").expect("setgroups");
            std::fs::write("/proc/self/uid_map", "0 1000 1").expect("uid_map");
            std::fs::write("/proc/self/gid_map", "0 1000 1").expect("gid_map");
            assert!(Uid::effective().is_root());
        }
    }
}

/// Takes the capability out of the first `count` of the effective, permitted and inheritable sets.  Root gets it back at
/// exec, as a set-uid program would, unless it is taken out of the bounding set as well.
fn drop_capability(count: usize) {
    const VERSION_3: u32 = 0x2008_0522;
    let mut header = [VERSION_3, 0];
    // The three sets, then the same for the capabilities from 32 on.
    let mut sets = [0_u32; 6];
    // SAFETY: header and sets are what version 3 wants.
    unsafe {
        assert_eq!(
            libc::syscall(libc::SYS_capget, header.as_mut_ptr(), sets.as_mut_ptr()),
            0
        );
        for set in &mut sets[..count] {
            *set &= !(1 << CAP_SYS_ADMIN);
        }
        assert_eq!(
            libc::syscall(libc::SYS_capset, header.as_mut_ptr(), sets.as_ptr()),
            0
        );
    }
}

fn open() -> io::Result<File> {
    // Opened as it is, with no O_TRUNC: what counts here is the right, not the shell's flags.
    OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_CLOEXEC)
        .open(vhqos::path("table"))
}

fn word<T>(result: io::Result<T>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => Errno::from_raw(error.raw_os_error().unwrap_or(0))
            .to_string()
            .split(':')
            .next()
            .unwrap_or("")
            .to_owned(),
    }
}

/// What opening for reading, reading the table, opening for writing and writing give: `open read open write`.
fn cells(rights: Rights) -> String {
    vhqos::load_with("", &plain_rows());
    let answer = aside(|output| {
        take(rights);
        let mut text = String::new();
        let reader = File::open(vhqos::path("table"));
        let read = reader.as_ref().map_or("-".to_owned(), |mut file| {
            word(file.read_to_string(&mut text))
        });
        let writer = OpenOptions::new().write(true).open(vhqos::path("table"));
        let write = writer
            .as_ref()
            .map_or("-".to_owned(), |mut file| word(file.write(LINE.as_bytes())));
        say(
            output,
            &format!("{} {read} {} {write}", word(reader), word(writer)),
        );
    });
    answer.trim().to_owned()
}

fn assert_unchanged() {
    assert_eq!(vhqos::read("table"), plain_rows());
}

fn root_reads_and_writes() {
    assert_eq!(cells(Rights::Root), "ok ok ok ok");
    assert_eq!(vhqos::read("table"), plain_rows() + LINE);
}

fn user_can_do_neither() {
    assert_eq!(cells(Rights::User), "EACCES - EACCES -");
    assert_unchanged();
}

/// The mode lets root open the file; writing is another thing.
fn container_root_without_the_capability_cannot_write() {
    let cells = cells(Rights::Container {
        with_capability: false,
    });
    assert_eq!(cells, "ok ok ok EPERM");
    assert_unchanged();
}

fn container_root_without_the_capability_cannot_watch() {
    vhqos::load("");
    let open = || word(File::open(vhqos::path("events")));
    assert_eq!(open(), "ok");
    let answer = aside(|output| {
        take(Rights::Container {
            with_capability: false,
        });
        say(output, &open());
    });
    assert_eq!(answer.trim(), "EPERM");
}

fn container_root_with_the_capability_can() {
    assert_eq!(
        cells(Rights::Container {
            with_capability: true
        }),
        "ok ok ok ok"
    );
}

fn root_of_a_user_namespace_can_do_neither() {
    assert_eq!(cells(Rights::UserNamespaceRoot), "EACCES - EACCES -");
    assert_unchanged();
}

/// Root opens and hands the file on: the one who writes has to have the right as well.
fn inherited_descriptor_does_not_give_the_right_to_write() {
    vhqos::load_with("", &plain_rows());
    let file = open().expect("root may");
    for rights in [
        Rights::User,
        Rights::Container {
            with_capability: false,
        },
        Rights::UserNamespaceRoot,
    ] {
        let answer = aside(|output| {
            take(rights);
            say(output, &word((&file).write(LINE.as_bytes())));
        });
        assert_eq!(answer.trim(), "EPERM");
        let why = vhqos::last_error();
        assert!(
            why.starts_with("1:1: EPERM: 'write': CAP_SYS_ADMIN"),
            "{why}"
        );
    }
    assert_unchanged();
    (&file)
        .write_all(LINE.as_bytes())
        .expect("root itself may still write to it");
}

/// A set-uid program that writes to its standard output writes with root's right to what its caller opened.  Its
/// caller has no right, so the open must fail, or the write must.
fn set_uid_writer_does_not_write_for_its_caller() {
    vhqos::load_with("", &plain_rows());
    // Root without the capability passes the mode bits; what it starts has the capability again.
    let file = aside(|output| {
        drop_capability(2);
        let Ok(file) = open() else {
            return say(output, "EPERM");
        };
        let status = Command::new("echo")
            .arg(LINE.trim_end())
            .stdout(Stdio::from(file))
            .stderr(Stdio::null())
            .status();
        let status = status.expect("echo");
        say(output, if status.success() { "written" } else { "EPERM" });
    });
    assert_eq!(file.trim(), "EPERM");
    assert_unchanged();
}
