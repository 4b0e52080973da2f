// SPDX-License-Identifier: GPL-2.0
//! The virtio serial ports: the report (standard output, the verdict) and the data (a JSON file on the host).

use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

/// The device of the port called `name`.
fn device(name: &str) -> io::Result<PathBuf> {
    for entry in fs::read_dir("/sys/class/virtio-ports")? {
        let path = entry?.path();
        if fs::read_to_string(path.join("name")).is_ok_and(|text| text.trim() == name) {
            return Ok(PathBuf::from("/dev").join(path.file_name().expect("a device has a name")));
        }
    }
    Err(io::Error::other(format!("no virtio port {name}")))
}

/// Waits for the port: the kernel may still be probing the bus when PID 1 starts.
fn wait_for(name: &str) -> io::Result<PathBuf> {
    for _ in 0..500 {
        if let Ok(path) = device(name) {
            if path.exists() {
                return Ok(path);
            }
        }
        sleep(Duration::from_millis(10));
    }
    device(name)
}

/// From here on what this process and its children print is the report.
pub fn become_standard_streams() -> io::Result<()> {
    let port = fs::OpenOptions::new()
        .write(true)
        .open(wait_for("vhqos.report")?)?;
    let nothing = File::open("/dev/null")?;
    nix::unistd::dup2_stdin(nothing)?;
    nix::unistd::dup2_stdout(&port)?;
    nix::unistd::dup2_stderr(&port)?;
    Ok(())
}

/// Writes the run's data file.
pub fn write_data(text: &str) -> io::Result<()> {
    fs::OpenOptions::new()
        .write(true)
        .open(wait_for("vhqos.data")?)?
        .write_all(text.as_bytes())
}

/// Gives the host the time to take what was written; the port has no flush.
pub fn drain() {
    let _ = io::stdout().flush();
    sleep(Duration::from_millis(50));
}
