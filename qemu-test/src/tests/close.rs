// SPDX-License-Identifier: GPL-2.0
//! When a connection counts as closed: when the process that serves it has no descriptor of it any more, whoever else
//! has one, and not before.

use crate::cgroup;
use crate::client::at;
use crate::client::host4;
use crate::process::say;
use crate::process::Child;
use crate::scene::plain_rows;
use crate::scene::shown;
use crate::scene::IDLE;
use crate::server::listen;
use crate::server::GROUP;
use crate::vhqos;
use crate::wait::limit;
use crate::wait::until;
use nix::sys::wait::waitpid;
use nix::unistd::fork;
use nix::unistd::ForkResult;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::os::fd::IntoRawFd;
use std::os::fd::RawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::mpsc::channel;

crate::tests! { "close";
    last_copy_of_the_process_counts_not_the_last_of_all(20, debug),
    process_with_another_copy_stays_bound(20, debug),
    every_way_to_close_counts(30),
    exec_closes_what_it_has_to(20),
    program_of_a_bound_task_is_born_bound(20),
    sleeping_thread_is_released_by_another_and_does_not_keep_the_module(20, debug),
    child_of_a_worker_is_born_bound_and_stays(20),
    descriptors_show_who_has_what_and_how(30, debug),
    flags_show_what_bound_whom(30),
}

/// Connects to the first host and sends some bytes.
#[track_caller]
fn client() -> TcpStream {
    let mut stream = TcpStream::connect_timeout(&at(&host4(0), 80), limit(10.0)).expect("connect");
    stream.write_all(b"some bytes").expect("send");
    stream
}

/// A server that accepts one connection, keeps it, and forks a child that does `serve` with it; gives what both said.
#[track_caller]
fn forked(serve: impl FnOnce(TcpStream, &mut dyn FnMut(&str))) -> String {
    vhqos::load_with("", &plain_rows());
    let listener = listen("[::]:80");
    let server = Child::new(GROUP, |output| {
        let (stream, _) = listener.accept().expect("accept");
        // SAFETY: this process has one thread.
        match unsafe { fork() }.expect("fork") {
            ForkResult::Child => {
                let mut told = |line: &str| say(output, line);
                serve(stream, &mut told);
                std::process::exit(0);
            }
            ForkResult::Parent { child } => {
                waitpid(child, None).expect("a child");
                say(output, &format!("parent {}", cgroup::own()));
                drop(stream);
            }
        }
    });
    let _client = client();
    server.finish()
}

fn read_some(stream: &mut TcpStream) {
    assert_eq!(stream.read(&mut [0; 2]).expect("bytes"), 2);
}

fn last_copy_of_the_process_counts_not_the_last_of_all() {
    let said = forked(|mut stream, say| {
        read_some(&mut stream);
        say(&format!("reading {}", cgroup::own()));
        drop(stream);
        say(&format!("closed {}", cgroup::own()));
    });
    let bank = shown("bank");
    assert_eq!(
        said,
        format!("reading {bank}\nclosed {IDLE}\nparent {IDLE}\n")
    );
}

fn dup2(from: RawFd, to: RawFd) {
    // SAFETY: the numbers are this process's own.
    assert_eq!(unsafe { libc::dup2(from, to) }, to);
}

fn close(fd: RawFd) {
    // SAFETY: the number is this process's own.
    assert_eq!(unsafe { libc::close(fd) }, 0);
}

/// inetd's way: the connection becomes descriptors 0, 1 and 2 of the child, and the first one is closed.
fn process_with_another_copy_stays_bound() {
    let said = forked(|mut stream, say| {
        read_some(&mut stream);
        let fd = stream.into_raw_fd();
        for to in 0..3 {
            dup2(fd, to);
        }
        close(fd);
        for to in 0..3 {
            say(&cgroup::own());
            close(to);
        }
        say(&cgroup::own());
    });
    let bank = shown("bank");
    assert_eq!(
        said,
        format!("{bank}\n{bank}\n{bank}\n{IDLE}\nparent {IDLE}\n")
    );
}

fn every_way_to_close_counts() {
    type Close = fn(RawFd);
    let ways: [(&str, Close); 3] = [
        ("close", close),
        ("close_range", |fd| {
            let fd = fd as u32;
            // SAFETY: the number is this process's own.
            assert_eq!(
                unsafe { libc::syscall(libc::SYS_close_range, fd, fd, 0) },
                0
            );
        }),
        ("dup2 over it", |fd| {
            let null = std::fs::File::open("/dev/null").expect("/dev/null");
            dup2(null.as_raw_fd(), fd);
        }),
    ];
    for (name, way) in ways {
        let said = forked(|mut stream, say| {
            read_some(&mut stream);
            say(&cgroup::own());
            way(stream.into_raw_fd());
            say(&cgroup::own());
        });
        let bank = shown("bank");
        assert_eq!(said, format!("{bank}\n{IDLE}\nparent {IDLE}\n"), "{name}");
        vhqos::unload();
    }
}

/// Where a program says which group it is in.
const GROUP_AFTER_EXEC: &str = "/run/group-after-exec";

/// The connection is marked close-on-exec, as std does it; the program that is executed has it no more.
fn exec_closes_what_it_has_to() {
    let said = forked(|mut stream, say| {
        read_some(&mut stream);
        say(&cgroup::own());
        // What it becomes looks when all that had to be closed is closed.
        let look = format!("cat /proc/$$/cgroup >{GROUP_AFTER_EXEC}");
        panic!("sh: {}", Command::new("sh").args(["-c", &look]).exec());
    });
    let after = std::fs::read_to_string(GROUP_AFTER_EXEC).expect("what the program wrote");
    assert_eq!(
        (said, after),
        (
            format!("{}\nparent {IDLE}\n", shown("bank")),
            format!("0::{IDLE}\n")
        )
    );
}

/// A program that a bound task starts is born bound, and who started it stays bound.
fn program_of_a_bound_task_is_born_bound() {
    let said = forked(|mut stream, say| {
        read_some(&mut stream);
        let output = Command::new("cat")
            .arg("/proc/self/cgroup")
            .output()
            .expect("cat");
        say(String::from_utf8_lossy(&output.stdout).trim());
        say(&cgroup::own());
    });
    let bank = shown("bank");
    assert_eq!(said, format!("0::{bank}\n{bank}\nparent {IDLE}\n"));
}

/// One thread reads and then waits, in one system call, for the other one, which closes what it was bound by.
fn sleeping_thread_is_released_by_another_and_does_not_keep_the_module() {
    let said = forked(|mut stream, say| {
        let fd = stream.as_raw_fd();
        let (bound, closes) = channel();
        let (unloaded, looks) = channel();
        std::thread::scope(|scope| {
            let reader = scope.spawn(move || {
                read_some(&mut stream);
                bound
                    .send((nix::unistd::gettid(), cgroup::own()))
                    .expect("told");
                looks.recv().expect("told");
                std::mem::forget(stream);
            });
            let (thread, before) = closes.recv().expect("told");
            say(&before);
            close(fd);
            until("the sleeping thread is idle", 5.0, || {
                cgroup::of(thread.as_raw()).as_deref() == Some(IDLE)
            });
            vhqos::unload_within(2.0).expect("nobody keeps the module");
            unloaded.send(()).expect("told");
            reader.join().expect("the reader");
        });
    });
    assert_eq!(said, format!("{}\nparent /{GROUP}\n", shown("bank")));
}

fn child_of_a_worker_is_born_bound_and_stays() {
    let said = forked(|mut stream, say| {
        read_some(&mut stream);
        // SAFETY: this process has one thread.
        match unsafe { fork() }.expect("fork") {
            ForkResult::Child => {
                say(&format!("born {}", cgroup::own()));
                std::process::exit(0);
            }
            ForkResult::Parent { child } => waitpid(child, None).expect("a child"),
        };
        drop(stream);
        say(&format!("closed {}", cgroup::own()));
    });
    let bank = shown("bank");
    assert_eq!(said, format!("born {bank}\nclosed {IDLE}\nparent {IDLE}\n"));
}

/// The records of a file as one sorted list of the fields `keys`.
#[track_caller]
fn fields(file: &str, keys: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = vhqos::records(file)
        .iter()
        .map(|record| {
            keys.iter()
                .map(|key| record[*key].as_str())
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    lines.sort();
    lines
}

/// An acceptor, its child with two copies, and a stranger who was sent the connection.
fn descriptors_show_who_has_what_and_how() {
    vhqos::load_with("", &plain_rows());
    let listener = listen("[::]:80");
    let (sender, receiver) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let stranger = Child::new(GROUP, |output| {
        let mut space = nix::cmsg_space!(RawFd);
        let mut byte = [0];
        let mut buffer = [std::io::IoSliceMut::new(&mut byte)];
        let flags = nix::sys::socket::MsgFlags::empty();
        let message = nix::sys::socket::recvmsg::<()>(
            receiver.as_raw_fd(),
            &mut buffer,
            Some(&mut space),
            flags,
        )
        .expect("a message");
        let Some(nix::sys::socket::ControlMessageOwned::ScmRights(fds)) =
            message.cmsgs().expect("whole").next()
        else {
            panic!("no descriptor came");
        };
        // SAFETY: the number was received just now, and belongs to nobody else.
        let mut stream: TcpStream = unsafe { std::os::fd::FromRawFd::from_raw_fd(fds[0]) };
        read_some(&mut stream);
        say(output, "read");
        loop {
            std::thread::park();
        }
    });
    let mut server = Child::new(GROUP, |output| {
        let (stream, _) = listener.accept().expect("accept");
        let fds = [stream.as_raw_fd()];
        let rights = [nix::sys::socket::ControlMessage::ScmRights(&fds)];
        let flags = nix::sys::socket::MsgFlags::empty();
        let bytes = [std::io::IoSlice::new(b"x")];
        nix::sys::socket::sendmsg::<()>(sender.as_raw_fd(), &bytes, &rights, flags, None)
            .expect("sent");
        // SAFETY: this process has one thread.
        match unsafe { fork() }.expect("fork") {
            ForkResult::Child => {
                let _copy = stream.try_clone().expect("dup");
                loop {
                    std::thread::park();
                }
            }
            ForkResult::Parent { child } => say(output, &child.to_string()),
        }
        loop {
            std::thread::park();
        }
    });
    let client = client();
    let mut line = [0; 16];
    let length = server.output().read(&mut line).expect("a line");
    let text = String::from_utf8_lossy(&line[..length]);
    let child: i32 = text.trim().parse().expect("a number");
    let mut expected = vec![
        format!("{} bank accept", server.pid()),
        format!("{child} bank fork"),
        format!("{child} bank dup"),
        format!("{} bank pass", stranger.pid()),
    ];
    expected.sort();
    until("all four descriptors are shown", 10.0, || {
        fields("descriptors", &["group", "host", "how"]) == expected
    });
    let parents = fields("tasks", &["group", "parent"]);
    for (process, parent) in [
        (child, server.pid().to_string()),
        (server.pid(), "-".to_owned()),
        (stranger.pid(), "-".to_owned()),
    ] {
        let expected = format!("{process} {parent}");
        assert!(parents.contains(&expected), "{expected}: {parents:?}");
    }
    for pid in [child, server.pid(), stranger.pid()] {
        // SAFETY: they are ours.
        unsafe { libc::kill(pid, libc::SIGKILL) };
    }
    drop((client, server, stranger));
    until("nobody has a descriptor", 10.0, || {
        vhqos::read("descriptors").is_empty() && vhqos::read("flags").is_empty()
    });
}

fn flags_show_what_bound_whom() {
    vhqos::load_with("serves=0", &plain_rows());
    let server = crate::server::Prefork::usual(1);
    let task = server.pids()[0];
    for cause in ["transfer", "accept"] {
        let mut connection = crate::client::Connection::open(&host4(0));
        connection.ask(crate::server::Work::Burn(10));
        let expected = format!("{task} bank 1 {cause}");
        assert_eq!(
            fields("flags", &["task", "host", "guaranteed", "by"]),
            [expected]
        );
        drop(connection);
        until("the flag is gone", 10.0, || vhqos::read("flags").is_empty());
    }
}
