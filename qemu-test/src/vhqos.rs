// SPDX-License-Identifier: GPL-2.0
//! The module: loading, unloading, and the files of `/proc/vhqos`.

use nix::errno::Errno;
use nix::kmod::DeleteModuleFlags;
use nix::kmod::ModuleInitFlags;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

const MODULE: &str = "/payload/vhqos.ko";
const DIRECTORY: &str = "/proc/vhqos";

/// Whether the module is loaded.
pub fn is_loaded() -> bool {
    Path::new("/sys/module/vhqos").exists()
}

/// Calls `act` while who waits for RCU does not wait long.
pub fn expedited<R>(act: impl FnOnce() -> R) -> R {
    let hurry = |on: &str| fs::write("/sys/kernel/rcu_expedited", on);
    let _ = hurry("1");
    let result = act();
    let _ = hurry("0");
    result
}

/// Loads the module with `parameters` (`name=value ...`); for each hook, tracing makes an event and waits when it takes it away.
pub fn try_load(parameters: &str) -> io::Result<()> {
    let file = File::open(MODULE)?;
    let parameters = CString::new(parameters)?;
    let flags = ModuleInitFlags::empty();
    let loaded = expedited(|| nix::kmod::finit_module(&file, &parameters, flags));
    Ok(loaded?)
}

/// The module's file.
pub fn image() -> Vec<u8> {
    fs::read(MODULE).expect("the module is there")
}

/// Loads the module from memory, without parameters.
pub fn try_load_image(image: &[u8]) -> io::Result<()> {
    Ok(nix::kmod::init_module(image, c"")?)
}

/// Loads the module; panics when it does not load.
#[track_caller]
pub fn load(parameters: &str) {
    if let Err(error) = try_load(parameters) {
        let log = crate::console::messages();
        let said: Vec<_> = log
            .iter()
            .rev()
            .filter(|line| line.contains("vhqos"))
            .take(5)
            .collect();
        panic!("loading vhqos {parameters}: {error}; the kernel says {said:?}");
    }
}

/// Loads the module and writes `table`.
#[track_caller]
pub fn load_with(parameters: &str, table: &str) {
    load(parameters);
    write_table(table);
}

/// One try to unload; `EBUSY` and `EAGAIN` are for the caller.
pub fn try_unload() -> Result<(), Errno> {
    nix::kmod::delete_module(c"vhqos", DeleteModuleFlags::O_NONBLOCK)
}

/// Tries to unload until it works or `seconds` (stretched) are over.
pub fn unload_within(seconds: f64) -> Result<(), Errno> {
    let deadline = Instant::now() + crate::wait::limit(seconds);
    loop {
        match try_unload() {
            Ok(()) => return Ok(()),
            Err(Errno::EBUSY | Errno::EAGAIN) if Instant::now() < deadline => {
                sleep(Duration::from_millis(5))
            }
            Err(error) => return Err(error),
        }
    }
}

/// Unloads; panics when that does not work.
#[track_caller]
pub fn unload() {
    if let Err(error) = unload_within(10.0) {
        panic!("unloading: {error}; tasks:\n{}", read("tasks"));
    }
}

/// The path of a file of the module.
pub fn path(file: &str) -> String {
    format!("{DIRECTORY}/{file}")
}

/// Reads a file of the module.
#[track_caller]
pub fn read(file: &str) -> String {
    match fs::read_to_string(path(file)) {
        Ok(text) => text,
        Err(error) => panic!("{}: {error}", path(file)),
    }
}

/// The table open for writing.
#[track_caller]
pub fn open_table() -> File {
    OpenOptions::new()
        .write(true)
        .open(path("table"))
        .expect("the table can be opened")
}

/// Gives `text` to the table in one write(2), and says what came back.
pub fn try_write_table(text: impl AsRef<[u8]>) -> io::Result<()> {
    let bytes = text.as_ref();
    let written = OpenOptions::new()
        .write(true)
        .open(path("table"))?
        .write(bytes)?;
    if written == bytes.len() {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "{written} of {} bytes were taken",
            bytes.len()
        )))
    }
}

/// Gives `text` to the table; panics with the module's reason when it is refused.
#[track_caller]
pub fn write_table(text: &str) {
    if let Err(error) = try_write_table(text) {
        panic!("the table refuses: {error}: {}in:\n{text}", last_error());
    }
}

/// The reason of the last refusal.
#[track_caller]
pub fn last_error() -> String {
    read("last_error")
}

/// One record of a file: `key=value key=value`.
pub type Record = BTreeMap<String, String>;

/// Parses a line of `key=value` words.
pub fn record(line: &str) -> Record {
    line.split_whitespace()
        .filter_map(|word| word.split_once('='))
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

/// The records of a file, in its order.
#[track_caller]
pub fn records(file: &str) -> Vec<Record> {
    read(file).lines().map(record).collect()
}

/// A field of `/proc/vhqos/hosts` for one host.
#[track_caller]
pub fn host(name: &str, field: &str) -> u64 {
    let all = read("hosts");
    all.lines()
        .map(record)
        .find(|record| record.get("host").is_some_and(|host| host == name))
        .and_then(|record| record.get(field)?.parse().ok())
        .unwrap_or_else(|| panic!("no {field} of {name} in hosts:\n{all}"))
}

/// The record of a task in `/proc/vhqos/tasks`.
pub fn task(task: i32) -> Option<Record> {
    records("tasks").into_iter().find(|record| {
        record
            .get("task")
            .is_some_and(|text| *text == task.to_string())
    })
}

/// A line `key=value` of the status.
#[track_caller]
pub fn status(key: &str) -> String {
    let all = read("status");
    all.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix('=').map(str::to_owned))
        .unwrap_or_else(|| panic!("no {key} in status:\n{all}"))
}

/// A hook of the status.
#[derive(Debug)]
pub struct Hook {
    /// The kernel's symbol.
    pub symbol: String,
    /// Whether it is armed.
    pub armed: bool,
    /// How often it ran.
    pub hits: u64,
}

/// The hooks in the status.
#[track_caller]
pub fn hooks() -> Vec<Hook> {
    let all = read("status");
    all.lines()
        .filter(|line| line.starts_with("hook="))
        .map(|line| {
            let mut fields = record(line);
            let mut take = |key: &str| {
                fields
                    .remove(key)
                    .unwrap_or_else(|| panic!("no {key} in: {line}"))
            };
            Hook {
                symbol: take("hook"),
                armed: take("armed") == "1",
                hits: take("hits").parse().expect("a number"),
            }
        })
        .collect()
}
