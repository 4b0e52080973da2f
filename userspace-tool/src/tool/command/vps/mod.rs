// SPDX-License-Identifier: GPL-2.0

//! `vps`: virtual private servers.

pub(in crate::tool) mod shell;
mod start;
mod wait;

use crate::tool::failure::Failure;
use crate::tool::module::{Module, Rejection};
use crate::tool::row::rows;
use crate::tool::vps::{self, name};
use clap::{Args, Subcommand};
use std::ffi::OsString;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long `kill` waits for processes that were killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often it looks.
const INTERVAL: Duration = Duration::from_millis(10);

#[derive(Debug, Subcommand)]
pub(in crate::tool) enum Vps {
    /// Makes a process the init of a VPS, or starts one.
    #[command(after_help = START)]
    Start(Start),
    /// Forgets a VPS; its processes go on, in the groups that they came from.
    #[command(after_help = "Examples:\n  vhqos vps stop acme")]
    Stop(One),
    /// Kills all processes of a VPS, and waits until they are gone; its name and its rules stay.
    #[command(after_help = "Examples:\n  vhqos vps kill acme && vhqos vps stop acme")]
    Kill(One),
    /// Shows the VPSes, what they use and what they may.
    #[command(
        after_help = "Examples:\n  vhqos vps list\n  vhqos vps list -j | jq '.vpses[] | {vps, init}'"
    )]
    List(List),
    /// Starts a login shell of root inside of a VPS.
    #[command(after_help = SHELL)]
    Shell(One),
    /// What `start` starts, to become the init.
    #[command(hide = true)]
    Init(Init),
}

pub(in crate::tool) const HELP: &str = "\
Examples:
  vhqos vps start acme -- /srv/acme/init
  vhqos vps list
  vhqos vps shell acme
  vhqos vps kill acme && vhqos vps stop acme";

const START: &str = "\
Examples:
  vhqos vps start acme 4711                     process 4711 and its descendants
  vhqos vps start acme -- /srv/acme/init        in a PID and a mount namespace of its own, with a /proc of its own
  vhqos vps start acme -- unshare --uts --ipc --net chroot /srv/acme /sbin/init
  vhqos vps start --wait acme -- /srv/acme/init for a unit: ExecStart=; ExecStop=vhqos vps kill acme

INIT is a member of the VPS before its first instruction, in a session of its own, without input and output. Other programs go before it \
as they do on a shell's line (unshare, chroot, env): they execute it in their place. `vhqos run` makes no namespaces.
With --wait, the output stays where it is, and this command exits as INIT does: with its status, or 128 and the number of the signal \
that ended it. It passes on SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2, of which a process 1 gets those that it handles.";

const SHELL: &str = "\
Examples:
  vhqos vps shell acme
  echo 'ps ax' | vhqos vps shell acme

Joins the VPS, and enters of its init what is not the caller's: the user, mount, PID, network, IPC, UTS, cgroup and time namespaces, all at \
once, and the root directory. The shell and the home directory are those of root in the VPS's /etc/passwd; of the environment, only TERM \
stays. Exits as the shell does. A root inside of a VPS without a user namespace is root: do not enter what you do not trust.";

#[derive(Debug, Args)]
pub(in crate::tool) struct Start {
    /// The VPS.
    #[arg(value_parser = name)]
    name: String,
    /// The process that is its init; its descendants are members too.
    #[arg(required_unless_present = "command", value_parser = clap::value_parser!(u32).range(1..=i64::from(i32::MAX)))]
    pid: Option<u32>,
    /// Stays until INIT ends.
    #[arg(short, long, requires = "command")]
    wait: bool,
    /// What to start as the init, and its arguments.
    #[arg(last = true, value_name = "INIT", conflicts_with = "pid")]
    command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(in crate::tool) struct One {
    /// The VPS.
    #[arg(value_parser = name)]
    name: String,
}

#[derive(Debug, Args)]
pub(in crate::tool) struct List {
    /// As JSON.
    #[arg(short, long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(in crate::tool) struct Init {
    /// Its output stays where it is.
    #[arg(long)]
    attached: bool,
    #[arg(value_parser = name)]
    name: String,
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// Does what is said of VPSes.
pub(super) fn run(action: &Vps) -> Result<String, Failure> {
    match action {
        Vps::Start(arguments) => start::start(arguments),
        Vps::Stop(one) => {
            give(&Module::find()?, "stop", &one.name, "")?;
            Ok(String::new())
        }
        Vps::Kill(one) => kill(&Module::find()?, &one.name),
        Vps::List(arguments) => list(arguments),
        Vps::Shell(one) => shell::shell(&one.name),
        Vps::Init(arguments) => start::init(arguments),
    }
}

/// Gives a command about a VPS; `last` is its third word, if it has one.
pub(super) fn give(module: &Module, verb: &str, name: &str, last: &str) -> Result<(), Failure> {
    let line = format!("{verb} {name} {last}");
    let given = module.vps_command(line.trim_end());
    given.map_err(|rejection| match rejection {
        Rejection::Refused(why) => vps::refused(name, &why),
        other => other.into_failure(),
    })
}

/// All VPSes.
fn list(arguments: &List) -> Result<String, Failure> {
    let module = Module::find()?;
    let (records, table) = (module.vpses()?, module.table()?);
    let all = vps::vpses(&records, &rows(&table));
    Ok(match arguments.json {
        true => vps::json(&all),
        false => vps::listing(&all),
    })
}

/// Kills all processes of a VPS.
fn kill(module: &Module, name: &str) -> Result<String, Failure> {
    let until = Instant::now() + PATIENCE;
    loop {
        // Again each time: what was being moved into the group was not killed with it.
        give(module, "kill", name, "")?;
        let records = module.vpses()?;
        let all = vps::vpses(&records, &[]);
        if !all
            .iter()
            .any(|one| one.vps == name && one.state == "running")
        {
            return Ok(String::new());
        }
        if Instant::now() > until {
            let what = format!(
                "VPS {name} has processes that were killed {} s ago",
                PATIENCE.as_secs()
            );
            return Err(Failure::failed(what)
                .help("one that waits for a disk ends when that answers: look with `ps ax`"));
        }
        sleep(INTERVAL);
    }
}
