// SPDX-License-Identifier: GPL-2.0
//! The tasks that serve: every way to make one.

use super::rows::Spawn;
use super::server::serve;
use super::server::Connection;
use super::server::Service;
use crate::cgroup;
use crate::process::say;
use nix::sched::unshare;
use nix::sched::CloneFlags;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::fd::FromRawFd;
use std::os::fd::OwnedFd;

/// The group that CLONE_INTO_CGROUP names.
pub const CHOSEN: &str = "system.slice/chosen.service";

/// Of linux/sched.h; libc's is too narrow.
const CLONE_INTO_CGROUP: u64 = 1 << 33;

/// Has the task of the row serve, and waits for its end.
pub fn spawn(mut service: Service) {
    let row = service.row;
    match row.spawn {
        Spawn::None | Spawn::UringWorker | Spawn::UringPoller => return serve(&mut service),
        Spawn::Thread | Spawn::UnsharedThread => {
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    if row.spawn == Spawn::UnsharedThread {
                        unshare(CloneFlags::CLONE_FILES).expect("anybody may");
                    }
                    serve(&mut service);
                });
            });
        }
        _ => {
            let child = match row.spawn {
                Spawn::Fork => in_child(&mut service, |_| {
                    // SAFETY: this process has one thread.
                    unsafe { libc::fork() }
                }),
                Spawn::CloneFiles => {
                    in_child(&mut service, |_| clone3(libc::CLONE_FILES as u64, 0))
                }
                Spawn::IntoCgroup => in_child(&mut service, |group| {
                    clone3(CLONE_INTO_CGROUP, group.as_raw_fd() as u64)
                }),
                Spawn::Vfork => on_own_stack(&mut service, libc::CLONE_VM | libc::CLONE_VFORK),
                Spawn::CloneMemory => on_own_stack(&mut service, libc::CLONE_VM),
                _ => on_own_stack(&mut service, 0),
            };
            // With the descriptors shared, the child closed this one too.
            if let (Connection::Descriptor(fd), true) =
                (&service.connection, row.spawn != Spawn::CloneFiles)
            {
                // SAFETY: it is open, and nobody else closes it.
                drop(unsafe { OwnedFd::from_raw_fd(*fd) });
            }
            let mut status = 0;
            // SAFETY: the pointer is to an int.
            let waited = unsafe { libc::waitpid(child, &mut status, libc::__WALL) };
            assert_eq!((waited, status), (child, 0), "the child that serves");
        }
    }
    say(service.output, &format!("parent {}", cgroup::own()));
}

/// Serves in a child that `make` makes as fork(2) does.
fn in_child(service: &mut Service, make: impl FnOnce(&File) -> i32) -> i32 {
    cgroup::make(CHOSEN);
    let group = File::open(cgroup::path(CHOSEN)).expect("a group");
    match make(&group) {
        0 => {
            serve(service);
            // SAFETY: nothing of the parent's is flushed or freed.
            unsafe { libc::_exit(0) }
        }
        child => {
            assert!(child > 0, "{}", io::Error::last_os_error());
            child
        }
    }
}

/// clone3(2) as fork(2), with more flags.
fn clone3(flags: u64, group: u64) -> i32 {
    // struct clone_args of linux/sched.h: flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls,
    // set_tid, set_tid_size, cgroup.
    let mut arguments = [0_u64; 11];
    arguments[0] = flags;
    arguments[4] = libc::SIGCHLD as u64;
    arguments[10] = group;
    let size = std::mem::size_of_val(&arguments);
    // SAFETY: the structure is whole; this process has one thread, and the child has memory of its own.
    unsafe { libc::syscall(libc::SYS_clone3, arguments.as_ptr(), size) as i32 }
}

extern "C" fn serve_and_end(service: *mut libc::c_void) -> libc::c_int {
    // SAFETY: the parent waits, and keeps what this points to.
    serve(unsafe { &mut *service.cast::<Service>() });
    0
}

/// Serves in a child on a stack of its own; with CLONE_VM in this memory, which is left alone until the child is gone.
fn on_own_stack(service: &mut Service, flags: libc::c_int) -> i32 {
    const SIZE: usize = 1 << 20;
    let stack = Box::leak(vec![0_u8; SIZE].into_boxed_slice());
    let top = stack.as_mut_ptr_range().end;
    let argument = std::ptr::from_mut(service).cast();
    // SAFETY: the stack grows down from its end and is never freed; the argument outlives the child, for which this
    // thread waits before it touches anything.
    let child = unsafe { libc::clone(serve_and_end, top.cast(), flags | libc::SIGCHLD, argument) };
    assert!(child > 0, "{}", io::Error::last_os_error());
    if flags == libc::CLONE_VM {
        let mut info = std::mem::MaybeUninit::<libc::siginfo_t>::zeroed();
        let wanted = libc::WEXITED | libc::WNOWAIT | libc::__WALL;
        // SAFETY: the pointer is to a siginfo_t.
        unsafe { libc::waitid(libc::P_PID, child as u32, info.as_mut_ptr(), wanted) };
    }
    child
}
