// SPDX-License-Identifier: GPL-2.0

//! The command line.

use super::command::explain::socket_address;
use super::command::export::{self, Export};
use super::command::import::Import;
use super::command::monitor::{self, Monitor};
use super::command::report::{self, Report};
use super::command::run::Run;
use super::command::top::Top;
use super::command::vps::Vps;
use super::file;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The file that is meant when none is named.
pub(crate) const HOSTS: &str = "/etc/vhqos/hosts.conf";

const HELP: &str = "\
Examples:
  vhqos                           the table, with what each host uses
  vhqos set bank addr=192.0.2.10 cpu.min=50%
  vhqos check && vhqos apply      the table becomes what the file says
  vhqos explain www.shop.example
  vhqos doctor                    what is wrong, and what to do

Exit status:
  0  done
  1  refused, or wrong: the standard error says what, where and what to do
  2  wrong usage
  3  the module is not loaded, or of another version
  4  not permitted: run it as root";

/// Quality of service for virtual hosts: shows and changes which host gets what of this machine.
#[derive(Debug, Parser)]
#[command(name = "vhqos", version, after_help = HELP)]
pub(crate) struct Arguments {
    /// What to do; without it, `show`.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows the table with what each host uses.
    #[command(
        after_help = "Examples:\n  vhqos show\n  vhqos show bank\n  vhqos show -j | jq '.hosts[] | {host, cpu_usec}'"
    )]
    Show(Show),
    /// Prints all figures of all hosts, separated by tabs, for scripts.
    #[command(after_help = "Examples:\n  vhqos dump | cut -f 1,8")]
    Dump,
    /// Makes a row, or changes keys of one; the other keys stay.
    #[command(after_help = "\
Examples:
  vhqos set bank addr=192.0.2.10 cpu.min=50%   makes the row, or changes these keys of it
  vhqos set bank cpu.max=                      takes a key out
  vhqos set bank addr+=192.0.2.11 name-=old.example

A key that may be repeated (addr, name, server, io.max, io.weight) is replaced as a whole by KEY=VALUE.
This changes the table in the kernel; `vhqos save` writes it to a file.")]
    Set(Set),
    /// Deletes rows.
    #[command(after_help = "Examples:\n  vhqos del bank flowers")]
    Del(Del),
    /// Gives a row another name; its figures begin anew.
    #[command(after_help = "Examples:\n  vhqos rename shop store")]
    Rename(Rename),
    /// Makes the table what a file says, as a whole or not at all, and prints what is different.
    #[command(
        after_help = "Examples:\n  vhqos apply\n  vhqos apply --dry-run new.conf\n  vhqos save - | sed s/10%/20%/ | vhqos apply -",
        after_long_help = file::HELP
    )]
    Apply(Apply),
    /// Says whether a file is right, without the module.
    #[command(
        after_help = "Examples:\n  vhqos check\n  vhqos check --cpus 32 --reserve 10 new.conf\n\n`vhqos apply --help` says what may be in the file."
    )]
    Check(Check),
    /// Says whose an address, a host name or a process is, by which row, and why not another one's.
    #[command(
        after_help = "Examples:\n  vhqos explain 192.0.2.10\n  vhqos explain '[2001:db8::10]:443'\n  vhqos explain www.shop.example --at 192.0.2.10:443\n  vhqos explain unix:/run/php/fpm.sock\n  vhqos explain 4711"
    )]
    Explain(Explain),
    /// Says what is well with this machine and what is not, and what to do.
    #[command(
        after_help = "Examples:\n  vhqos doctor\n  vhqos doctor | grep -v ^well\n\nExits with 1 when something is bad."
    )]
    Doctor,
    /// Prints what happens as it happens: binds, releases, refusals, troubles, changes of rows and of health.
    #[command(after_help = monitor::EXAMPLES)]
    Monitor(Monitor),
    /// Prints rows for the virtual hosts of a web server or a control panel, as a file that `apply` takes; applies nothing.
    #[command(
        after_help = "Examples:\n  vhqos import apache > new.conf\n  vhqos import nginx --package site --set cpu.weight=100 > new.conf"
    )]
    Import(Import),
    /// Writes the table to a file that `apply` takes.
    #[command(after_help = "Examples:\n  vhqos save\n  vhqos save - > backup.conf")]
    Save(Save),
    /// Shows what each host uses, again and again, until `q`; `?` says what the other keys do.
    #[command(
        after_help = "Examples:\n  vhqos top\n  vhqos top -d 0.5\n  vhqos top --once -d 10 | head\n  vhqos top --once -j | jq '.hosts[] | select(.used_percent > 10) | .host'"
    )]
    Top(Top),
    /// Gives Prometheus the figures, over HTTP.
    #[command(after_help = export::EXAMPLES)]
    Export(Export),
    /// Looks for some minutes, and writes a page of what hosts were guaranteed and what they used.
    #[command(after_help = report::EXAMPLES)]
    Report(Report),
    /// Executes a command in a virtual private server (VPS); its exit status is the command's own.
    #[command(after_help = super::command::run::HELP)]
    Run(Run),
    /// Starts, ends and shows virtual private servers (VPSes), and enters them.
    #[command(subcommand, after_help = super::command::vps::HELP)]
    Vps(Vps),
    /// Writes the manual pages, or prints the completions of a shell.
    #[command(hide = true)]
    Generate(Generate),
}

#[derive(Debug, Args, Default)]
pub(crate) struct Show {
    /// All of this host, in place of a line of each.
    pub(crate) host: Option<String>,
    /// As JSON.
    #[arg(short, long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The host.
    pub(crate) host: String,
    /// KEY=VALUE, KEY+=VALUE, KEY-=VALUE, or KEY= to take the key out.
    #[arg(required = true, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    pub(crate) words: Vec<String>,
    /// Only prints what would be different.
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Del {
    /// The hosts.
    #[arg(required = true, value_name = "HOST")]
    pub(crate) hosts: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// The host.
    pub(crate) host: String,
    /// Its new name.
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The file; `-` is the standard input. Neither that nor another pipe empties the table; /dev/null does.
    #[arg(default_value = HOSTS)]
    pub(crate) file: PathBuf,
    /// Only prints what would be different.
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Prints nothing when it went well.
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The file; `-` is the standard input.
    #[arg(default_value = HOSTS)]
    pub(crate) file: PathBuf,
    /// How many CPUs the machine has that it is for; this machine's unless said.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=8192))]
    pub(crate) cpus: Option<u32>,
    /// The module's parameter `reserve`, in percent; the loaded module's, or 5, unless said.
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=90))]
    pub(crate) reserve: Option<u8>,
}

impl Check {
    /// Of a file, for this machine.
    pub(crate) fn of(file: &str) -> Self {
        Self {
            file: file.into(),
            cpus: None,
            reserve: None,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// An ADDRESS[:PORT] (port 80 unless said), a host name, the path of a UNIX socket behind unix:, or the number of a process or a thread.
    #[arg(value_name = "ADDRESS|NAME|unix:/PATH|PID")]
    pub(crate) what: String,
    /// Where the request for the name arrives.
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = place)]
    pub(crate) at: Option<SocketAddr>,
}

/// Reads where a request arrives.
fn place(text: &str) -> Result<SocketAddr, String> {
    socket_address(text).ok_or_else(|| {
        "expected ADDRESS[:PORT], an IPv6 address before a port in brackets".to_owned()
    })
}

#[derive(Debug, Args)]
pub(crate) struct Save {
    /// The file; `-` is the standard output.
    #[arg(default_value = HOSTS)]
    pub(crate) file: PathBuf,
    /// Writes over a file that was not written by `save`, or was changed since; its comments, packages and includes are lost.
    #[arg(short, long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Prints the completions of this shell.
    #[arg(long, conflicts_with = "manual", required_unless_present = "manual")]
    pub(crate) completions: Option<Shell>,
    /// Writes the manual pages into this directory.
    #[arg(long)]
    pub(crate) manual: Option<PathBuf>,
}
