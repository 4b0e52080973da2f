// SPDX-License-Identifier: GPL-2.0

//! `vps shell`: a login shell inside of a VPS.

use super::give;
use super::wait::Caught;
use crate::tool::failure::Failure;
use crate::tool::module::Module;
use crate::tool::vps::vpses;
use nix::fcntl::{open, OFlag};
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::{chroot, fchdir};
use rustix::process::{pidfd_open, Pid, PidfdFlags};
use rustix::thread::{move_into_thread_name_spaces, ThreadNameSpaceType};
use std::env;
use std::fs::{self, Metadata};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The namespaces of a process, as `/proc/PID/ns` calls them.
const NAMESPACES: [(&str, ThreadNameSpaceType); 8] = [
    ("user", ThreadNameSpaceType::USER),
    ("mnt", ThreadNameSpaceType::MOUNT),
    ("pid", ThreadNameSpaceType::PROCESS_ID),
    ("net", ThreadNameSpaceType::NETWORK),
    ("ipc", ThreadNameSpaceType::INTER_PROCESS_COMMUNICATION),
    ("uts", ThreadNameSpaceType::HOST_NAME_AND_NIS_DOMAIN_NAME),
    ("cgroup", ThreadNameSpaceType::CONTROL_GROUP),
    ("time", ThreadNameSpaceType::TIME),
];

/// Where root's programs are, until the shell's profile says.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The shell when the VPS's /etc/passwd says none.
const SHELL: &str = "/bin/sh";

/// Starts the shell and waits for it.
pub(super) fn shell(name: &str) -> Result<String, Failure> {
    let module = Module::find()?;
    let init = init_of(&module, name)?;
    let place = Place::of(init).map_err(|error| gone(name, &error))?;
    // Since it is the init still, its number was no other process's meanwhile.
    if init_of(&module, name)? != init {
        return Err(gone(name, &io::ErrorKind::NotFound.into()));
    }
    // From here on, everything counts for the VPS; and its files are not trusted with this machine's privileges.
    give(&module, "join", name, "")?;
    place
        .enter()
        .map_err(|error| Failure::io(format_args!("VPS {name} cannot be entered"), &error))?;
    let root = root_of(&fs::read_to_string("/etc/passwd").unwrap_or_default());
    let home = Path::new(&root.home);
    let home = if home.is_dir() { home } else { Path::new("/") };
    let last = root.shell.rsplit('/').next().unwrap_or_default();
    let mut command = Command::new(&root.shell);
    command
        .arg0(format!("-{last}"))
        .current_dir(home)
        .env_clear();
    command.envs(env::var_os("TERM").map(|term| ("TERM", term)));
    command
        .env("HOME", home)
        .env("SHELL", &root.shell)
        .env("PATH", PATH);
    command.env("USER", "root").env("LOGNAME", "root");
    if place.has_users() {
        // This process is nobody there.
        command.uid(0).gid(0);
    }
    // The terminal sends the others to the shell too.
    let caught = Caught::new(
        &[Signal::SIGTERM, Signal::SIGHUP],
        &[Signal::SIGINT, Signal::SIGQUIT],
    )?;
    let child = command.spawn();
    let child =
        child.map_err(|error| Failure::io(format_args!("VPS {name}: {}", root.shell), &error))?;
    Err(caught.wait(child))
}

/// The process that was started as the init.
fn init_of(module: &Module, name: &str) -> Result<u32, Failure> {
    let records = module.vpses()?;
    let found = vpses(&records, &[]).into_iter().find(|one| one.vps == name);
    let Some(found) = found else {
        let failure = Failure::failed(format!("there is no VPS {name}"));
        return Err(failure.help("`vhqos vps list` shows them"));
    };
    found.init.ok_or_else(|| {
        let failure = Failure::failed(format!("VPS {name} has no init"));
        failure.help(format!("`vhqos vps start {name} -- INIT` starts one"))
    })
}

fn gone(name: &str, error: &io::Error) -> Failure {
    let failure = Failure::io(
        format_args!("the init of VPS {name} cannot be looked at"),
        error,
    );
    failure.help(format!(
        "it may have ended: `vhqos vps list` says; `vhqos vps start {name} -- INIT` starts one"
    ))
}

/// Where a process is: its namespaces that are not this one's, and its root directory.
struct Place {
    process: OwnedFd,
    differing: ThreadNameSpaceType,
    root: OwnedFd,
}

impl Place {
    fn of(pid: u32) -> io::Result<Self> {
        let number = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let number = number.ok_or(io::ErrorKind::NotFound)?;
        let process = pidfd_open(number, PidfdFlags::empty())?;
        let mut differing = ThreadNameSpaceType::empty();
        for (name, kind) in NAMESPACES {
            let of = |who: &str| fs::metadata(format!("/proc/{who}/ns/{name}"));
            let same = |a: &Metadata, b: &Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
            // A kernel may be without some of them.
            match (of("self"), of(&pid.to_string())) {
                (Ok(ours), Ok(theirs)) if !same(&ours, &theirs) => differing |= kind,
                (Ok(_), Err(error)) => return Err(error),
                _ => (),
            }
        }
        let path = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let root = open(&*format!("/proc/{pid}/root"), path, Mode::empty())?;
        Ok(Self {
            process,
            differing,
            root,
        })
    }

    fn has_users(&self) -> bool {
        self.differing.contains(ThreadNameSpaceType::USER)
    }

    /// Enters it; of a PID namespace, only children are in it.
    fn enter(&self) -> io::Result<()> {
        if !self.differing.is_empty() {
            move_into_thread_name_spaces(self.process.as_fd(), self.differing)?;
        }
        fchdir(&self.root)?;
        chroot(".")?;
        Ok(())
    }
}

/// Root as /etc/passwd of a VPS has it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::tool) struct Root {
    pub(in crate::tool) home: String,
    pub(in crate::tool) shell: String,
}

/// Reads passwd(5). The C library's own look-up would load plugins from the VPS into this process.
pub(in crate::tool) fn root_of(passwd: &str) -> Root {
    let mut lines = passwd
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>());
    let found = lines.find(|fields| fields.get(2) == Some(&"0"));
    let field = |at: usize, otherwise: &str| {
        let found = found.as_ref().and_then(|fields| fields.get(at)).copied();
        found
            .filter(|text| text.starts_with('/'))
            .unwrap_or(otherwise)
            .to_owned()
    };
    Root {
        home: field(5, "/"),
        shell: field(6, SHELL),
    }
}
