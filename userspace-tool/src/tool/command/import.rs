// SPDX-License-Identifier: GPL-2.0

//! `import`: rows from the files of web servers and control panels.

use super::check;
use crate::policy::Device;
use crate::tool::arguments::Check;
use crate::tool::failure::Failure;
use crate::tool::import::apache::{self, Apache, Variables};
use crate::tool::import::hosts::{hosts, Hosts};
use crate::tool::import::lve::{self, Beside, Passwd, Plans, Units};
use crate::tool::import::parameters::Parameters;
use crate::tool::import::print::{print, Heading};
use crate::tool::import::{cpanel, nginx};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    format: Format,
}

/// What the files are.
#[derive(Debug, Subcommand)]
enum Format {
    /// Virtual hosts of Apache httpd, with all that the files include.
    #[command(
        after_help = "Examples:\n  vhqos import apache > new.conf\n  vhqos import apache --package site --set cpu.weight=100\n  vhqos import apache -D SSL --directory /etc/httpd /etc/httpd/conf/httpd.conf"
    )]
    Apache(ApacheArguments),
    /// Servers of nginx, with all that the files include.
    #[command(
        after_help = "Examples:\n  vhqos import nginx > new.conf\n  vhqos import nginx --set cpu.min=1% /etc/nginx/sites-enabled/shop"
    )]
    Nginx(NginxArguments),
    /// Virtual hosts of cPanel, of all users or some.
    #[command(
        after_help = "Examples:\n  vhqos import cpanel-userdata > new.conf\n  vhqos import cpanel-userdata --by-user /var/cpanel/userdata/alice"
    )]
    CpanelUserdata(CpanelArguments),
    /// Limits of CloudLinux's LVE: ve.cfg, or what `lvectl list` prints, with --json or without.
    #[command(
        after_help = "Examples:\n  vhqos import lve --userdata /var/cpanel/userdata --users /var/cpanel/users > new.conf\n  lvectl list > list; vhqos import lve --vps --device 8:0 list"
    )]
    Lve(LveArguments),
}

#[derive(Debug, Args)]
struct ApacheArguments {
    /// The configuration; several are read as one.
    #[arg(default_value = "/etc/apache2/apache2.conf")]
    files: Vec<PathBuf>,
    /// Where relative paths are looked for, unless ServerRoot says; the directory of the first file unless said.
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
    /// A name that is defined, as for httpd; may be repeated.
    #[arg(short = 'D', long, value_name = "NAME[=VALUE]")]
    define: Vec<String>,
    /// A script that sets the server's environment; `envvars` beside the first file unless said.
    #[arg(long, value_name = "FILE")]
    envvars: Option<PathBuf>,
    #[command(flatten)]
    parameters: Parameters,
}

#[derive(Debug, Args)]
struct NginxArguments {
    /// The configuration; several are read as one.
    #[arg(default_value = "/etc/nginx/nginx.conf")]
    files: Vec<PathBuf>,
    /// Where relative includes are looked for; the directory of the first file unless said.
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
    #[command(flatten)]
    parameters: Parameters,
}

#[derive(Debug, Args)]
struct CpanelArguments {
    /// The directory of all users or of one, or the file of one virtual host.
    #[arg(default_value = "/var/cpanel/userdata")]
    files: Vec<PathBuf>,
    /// All virtual hosts of a user are one host.
    #[arg(long)]
    by_user: bool,
    #[command(flatten)]
    parameters: Parameters,
}

#[derive(Debug, Args)]
struct LveArguments {
    /// ve.cfg, or what lvectl printed; of several, the last one that names a user counts.
    #[arg(default_value = "/etc/container/ve.cfg")]
    files: Vec<PathBuf>,
    /// cPanel's userdata, which says what sites a user has.
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "vps")]
    userdata: Option<PathBuf>,
    /// Each user is a VPS of that name.
    #[arg(long)]
    vps: bool,
    /// cPanel's users, which say what package a user has.
    #[arg(long, value_name = "DIRECTORY")]
    users: Option<PathBuf>,
    /// Who has which number.
    #[arg(long, value_name = "FILE", default_value = "/etc/passwd")]
    passwd: PathBuf,
    /// The speed of one core, for limits in MHz.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    mhz: Option<u32>,
    /// How many CPUs LVE's machine has, for limits in percent of all of them beside NCPU.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=8192))]
    cpus: Option<u32>,
    /// The disk that limits of I/O are for.
    #[arg(long, value_name = "MAJOR:MINOR", value_parser = device)]
    device: Option<Device>,
}

/// Reads the files; a file that `apply` takes.
pub(super) fn import(arguments: &Import) -> Result<String, Failure> {
    match &arguments.format {
        Format::Apache(arguments) => {
            let sites = apache::read(&arguments.files, arguments.apache()?)?;
            finish("apache", &hosts(sites), &arguments.parameters)
        }
        Format::Nginx(arguments) => {
            let directory = directory(arguments.directory.as_deref(), &arguments.files);
            let sites = nginx::read(&arguments.files, &directory)?;
            finish("nginx", &hosts(sites), &arguments.parameters)
        }
        Format::CpanelUserdata(arguments) => {
            let sites = cpanel::read(&arguments.files, arguments.by_user)?;
            finish("cpanel-userdata", &hosts(sites), &arguments.parameters)
        }
        Format::Lve(arguments) => {
            let (hosts, packages) = lve::read(&arguments.files, &arguments.beside()?)?;
            let heading = Heading {
                format: "lve",
                packages,
            };
            let machine = check::machine(&Check::of(""));
            print(&heading, &hosts, &Parameters::default(), &machine)
        }
    }
}

fn finish(format: &'static str, hosts: &Hosts, parameters: &Parameters) -> Result<String, Failure> {
    let heading = Heading {
        format,
        ..Heading::default()
    };
    let machine = check::machine(&Check::of(""));
    print(&heading, hosts, parameters, &machine)
}

/// Reads a disk as rows have it.
fn device(text: &str) -> Result<Device, &'static str> {
    Device::parse(text).map_err(|_| "expected MAJOR:MINOR, as `lsblk` shows it")
}

/// The directory that is named, or that of the first file.
fn directory(named: Option<&Path>, files: &[PathBuf]) -> PathBuf {
    let first = || files.first().and_then(|file| file.parent());
    let directory = named.or_else(first).unwrap_or(Path::new("."));
    directory.to_owned()
}

impl ApacheArguments {
    /// How the server is started.
    fn apache(&self) -> Result<Apache, Failure> {
        let root = directory(self.directory.as_deref(), &self.files);
        let mut variables = Variables::default();
        let beside = root.join("envvars");
        match &self.envvars {
            Some(script) => variables.read_environment(script)?,
            None if beside.exists() => variables.read_environment(&beside)?,
            None => {}
        }
        for word in &self.define {
            match word.split_once('=') {
                Some((name, value)) => variables.define(name, Some(value)),
                None => variables.define(word, None),
            }
        }
        Ok(Apache { root, variables })
    }
}

impl LveArguments {
    /// What is read beside the limits.
    fn beside(&self) -> Result<Beside, Failure> {
        Ok(Beside {
            userdata: self.userdata.clone(),
            is_vps: self.vps,
            passwd: Passwd::read(&self.passwd)?,
            plans: match &self.users {
                Some(directory) => Plans::read(directory)?,
                None => Plans::default(),
            },
            units: Units {
                megahertz: self.mhz,
                cpus: self.cpus,
                device: self.device,
            },
        })
    }
}
