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
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::Permissions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::process::Stdio;

crate::tests! { "rights";
    root_reads_and_writes(20),
    user_does_neither(20),
    container_root_without_the_capability_only_reads(20),
    container_root_with_the_capability_reads_and_writes(20),
    root_of_a_user_namespace_does_neither(20),
    container_root_without_the_capability_cannot_watch(10),
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
                drop_capability();
            }
        }
        Rights::UserNamespaceRoot => {
            take(Rights::User);
            // A changed user is not dumpable, and its /proc/self belongs to root.
            nix::sys::prctl::set_dumpable(true).expect("may");
            unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNS)
                .expect("user namespaces are on");
            fs::write("/proc/self/setgroups", "deny").expect("setgroups");
            fs::write("/proc/self/uid_map", "0 1000 1").expect("uid_map");
            fs::write("/proc/self/gid_map", "0 1000 1").expect("gid_map");
            assert!(Uid::effective().is_root());
        }
    }
}

/// Takes the capability out of the effective and the permitted set. At an exec root gets it back, as from a set-uid program:
/// what is started then is more than who opened the file.
fn drop_capability() {
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
        for set in &mut sets[..2] {
            *set &= !(1 << CAP_SYS_ADMIN);
        }
        assert_eq!(
            libc::syscall(libc::SYS_capset, header.as_mut_ptr(), sets.as_ptr()),
            0
        );
    }
}

/// How somebody comes to the table.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Opens it and uses it.
    Own,
    /// Uses what root opened.
    Inherited,
    /// Opens it, and has a set-uid program of root's use it.
    SetUid,
}

/// What is done with the table.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Read,
    Write,
}

/// A set-uid program that reads its standard input and writes it to its standard output.
const SET_UID: &str = "/tmp/cat";

fn open(deed: Deed) -> io::Result<File> {
    // As it is, with no O_TRUNC: what counts here is the right, not the shell's flags.
    let mut options = OpenOptions::new();
    match deed {
        Deed::Read => options.read(true),
        Deed::Write => options.write(true),
    };
    options.open(vhqos::path("table"))
}

/// The caller reads the rows, or writes one more.
fn by_itself(mut file: File, deed: Deed) -> io::Result<String> {
    let mut text = String::new();
    match deed {
        Deed::Read => file.read_to_string(&mut text).map(|_| text),
        Deed::Write => file.write_all(LINE.as_bytes()).map(|()| text),
    }
}

/// The same by the program.
fn by_program(file: File, deed: Deed) -> io::Result<String> {
    let mut program = Command::new(SET_UID);
    program.stderr(Stdio::piped());
    match deed {
        Deed::Read => program.stdin(file).stdout(Stdio::piped()),
        Deed::Write => program.stdin(Stdio::piped()).stdout(file),
    };
    let mut program = program.spawn()?;
    if let Some(mut input) = program.stdin.take() {
        input.write_all(LINE.as_bytes())?;
    }
    let output = program.wait_with_output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    match said.contains(Errno::EPERM.desc()) {
        true => Err(Errno::EPERM.into()),
        false => Err(io::Error::other(said)),
    }
}

fn word<T>(result: io::Result<T>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => match error.raw_os_error() {
            Some(number) => format!("{:?}", Errno::from_raw(number)),
            None => error.to_string(),
        },
    }
}

/// What becomes of one deed: `ok`, or the error of the open or of the call.
#[track_caller]
fn cell(rights: Rights, way: Way, deed: Deed) -> String {
    let inherited = open(deed).expect("root may");
    let answer = aside(|output| {
        take(rights);
        let done = match way {
            Way::Own => open(deed).and_then(|file| by_itself(file, deed)),
            Way::Inherited => by_itself(inherited, deed),
            Way::SetUid => open(deed).and_then(|file| by_program(file, deed)),
        };
        if let (Ok(text), Deed::Read) = (&done, deed) {
            assert_eq!(*text, plain_rows());
        }
        say(output, &word(done));
    });
    answer.trim().to_owned()
}

/// Reads and writes in every way; `expected` has a pair for each: read, written.
#[track_caller]
fn assert_cells(rights: Rights, expected: [[&str; 2]; 3]) {
    fs::copy("/usr/bin/cat", SET_UID).expect("/tmp is writable");
    fs::set_permissions(SET_UID, Permissions::from_mode(0o4755)).expect("ours");
    vhqos::load_with("", &plain_rows());
    for (way, pair) in [Way::Own, Way::Inherited, Way::SetUid]
        .into_iter()
        .zip(expected)
    {
        for (deed, word) in [Deed::Read, Deed::Write].into_iter().zip(pair) {
            assert_eq!(cell(rights, way, deed), word, "{way:?} {deed:?}");
            let written = matches!((deed, word), (Deed::Write, "ok"));
            let more = if written { LINE } else { "" };
            assert_eq!(vhqos::read("table"), plain_rows() + more, "{way:?}");
            if written {
                vhqos::write_table("del extra\n");
            }
        }
    }
}

fn root_reads_and_writes() {
    assert_cells(Rights::Root, [["ok", "ok"]; 3]);
}

/// Who is handed an open file may read it, and has not the right to write.
fn user_does_neither() {
    assert_cells(
        Rights::User,
        [["EACCES", "EACCES"], ["ok", "EPERM"], ["EACCES", "EACCES"]],
    );
}

/// The mode lets root open the file. Writing is another thing: who opened it has not the right, whoever writes.
fn container_root_without_the_capability_only_reads() {
    let rights = Rights::Container {
        with_capability: false,
    };
    assert_cells(rights, [["ok", "EPERM"]; 3]);
}

fn container_root_with_the_capability_reads_and_writes() {
    let rights = Rights::Container {
        with_capability: true,
    };
    assert_cells(rights, [["ok", "ok"]; 3]);
}

/// Its capability is not the machine's.
fn root_of_a_user_namespace_does_neither() {
    assert_cells(
        Rights::UserNamespaceRoot,
        [["EACCES", "EACCES"], ["ok", "EPERM"], ["EACCES", "EACCES"]],
    );
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
