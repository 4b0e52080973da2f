// SPDX-License-Identifier: GPL-2.0
//! PID 1: from the initramfs to a guest that looks like a small Debian server, then the work, then power off.

use crate::bench;
use crate::console;
use crate::demo;
use crate::ports;
use crate::runner;
use nix::mount::mount;
use nix::mount::MsFlags;
use nix::sys::reboot::reboot;
use nix::sys::reboot::RebootMode;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;

/// IPv6 addresses of the loopback device, 2001:db8::10 to ::1f.
const ADDRESSES6: std::ops::RangeInclusive<u16> = 0x10..=0x1f;

/// Runs the guest; never returns.
pub fn main() -> ! {
    let good = catch_unwind(|| work().unwrap_or_else(|error| failed(&error))).unwrap_or(false);
    println!("vhqos verdict: {}", if good { "ok" } else { "failed" });
    nix::unistd::sync();
    // Given to QEMU's port at once, but the host side of the pipe needs the device to stay until it is read.
    ports::drain();
    reboot(RebootMode::RB_POWER_OFF).expect("PID 1 may power off");
    unreachable!()
}

fn failed(error: &io::Error) -> bool {
    println!("guest set-up: {error}");
    false
}

fn work() -> io::Result<bool> {
    mount_kernel_file_systems()?;
    ports::become_standard_streams()?;
    if fs::read_to_string("/proc/cmdline")?.contains("vhqos.probe") {
        println!("vhqos guest is alive");
        return Ok(true);
    }
    step("modules");
    load_modules()?;
    let arguments = fs::read_to_string("/payload/arguments")?;
    let boot = crate::process::clock(libc::CLOCK_BOOTTIME);
    step("root file system");
    enter_root()?;
    step("mounts");
    mount_run_time_file_systems()?;
    fs::write("/run/boot-seconds", format!("{boot}"))?;
    step("cgroups");
    cgroup_tree()?;
    step("network");
    network()?;
    step("work");
    let mut words = arguments.split_whitespace();
    let verb = words.next().unwrap_or("");
    let rest: Vec<&str> = words.collect();
    let mut good = match verb {
        "test" => runner::run_all(&rest),
        "demo" => demo::main(),
        "bench" => bench::main(),
        "shell" => shell(),
        other => Err(io::Error::other(format!("no such verb: {other}"))),
    }?;
    for line in console::complaints() {
        println!("kernel: {line}");
        good = false;
    }
    Ok(good)
}

/// Marks the kernel's log, so that a guest that hangs says where.
fn step(name: &str) {
    let _ = fs::write("/dev/kmsg", format!("guest: {name}"));
}

/// Mounts `kind` at `target`, which is made.
fn put(kind: &str, target: &str, options: &str) -> io::Result<()> {
    fs::create_dir_all(target)?;
    mount(
        Some(kind),
        target,
        Some(kind),
        MsFlags::empty(),
        Some(options),
    )
    .map_err(|error| annotate(error, target))
}

fn annotate(error: nix::Error, what: &str) -> io::Error {
    io::Error::other(format!("{what}: {error}"))
}

fn mount_kernel_file_systems() -> io::Result<()> {
    put("proc", "/proc", "")?;
    put("sysfs", "/sys", "")?;
    put("devtmpfs", "/dev", "mode=0755")
}

/// Loads the modules of the initramfs in the order of their names, which run.sh numbered.
fn load_modules() -> io::Result<()> {
    let mut files: Vec<_> = fs::read_dir("/modules")?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    files.sort();
    for path in files {
        let file = fs::File::open(&path)?;
        match nix::kmod::finit_module(&file, c"", nix::kmod::ModuleInitFlags::empty()) {
            Ok(()) | Err(nix::Error::EEXIST) => {}
            Err(error) => return Err(annotate(error, &path.display().to_string())),
        }
    }
    Ok(())
}

/// The read-only image below, memory above, and `/payload` in it; then this becomes the root.
fn enter_root() -> io::Result<()> {
    fs::create_dir_all("/image")?;
    let read_only = MsFlags::MS_RDONLY;
    ["squashfs", "erofs", "ext4"]
        .iter()
        .find(|kind| {
            mount(
                Some("/dev/vda"),
                "/image",
                Some(**kind),
                read_only,
                None::<&str>,
            )
            .is_ok()
        })
        .ok_or_else(|| io::Error::other("the root image cannot be mounted"))?;
    put("tmpfs", "/memory", "size=1g")?;
    fs::create_dir_all("/memory/upper")?;
    fs::create_dir_all("/memory/work")?;
    put(
        "overlay",
        "/root",
        "lowerdir=/image,upperdir=/memory/upper,workdir=/memory/work",
    )?;
    fs::create_dir_all("/root/payload")?;
    for entry in fs::read_dir("/payload")? {
        let path = entry?.path();
        fs::copy(
            &path,
            Path::new("/root").join(path.strip_prefix("/").expect("absolute")),
        )?;
    }
    // Where exec, and `server=exe:`, find it: the initramfs is out of reach from here on.
    fs::copy("/init", "/root/payload/qemu-test")?;
    for directory in ["proc", "sys", "dev"] {
        let from = format!("/{directory}");
        let to = format!("/root/{directory}");
        fs::create_dir_all(&to)?;
        mount(
            Some(from.as_str()),
            to.as_str(),
            None::<&str>,
            MsFlags::MS_MOVE,
            None::<&str>,
        )
        .map_err(|error| annotate(error, &to))?;
    }
    std::env::set_current_dir("/root")?;
    mount(Some("."), "/", None::<&str>, MsFlags::MS_MOVE, None::<&str>)
        .map_err(|error| annotate(error, "/"))?;
    nix::unistd::chroot(".")?;
    std::env::set_current_dir("/")
}

fn mount_run_time_file_systems() -> io::Result<()> {
    put("tmpfs", "/run", "mode=0755")?;
    put("tmpfs", "/tmp", "mode=1777")?;
    put("tmpfs", "/dev/shm", "mode=1777")?;
    put("devpts", "/dev/pts", "")?;
    put("cgroup2", "/sys/fs/cgroup", "")?;
    put("debugfs", "/sys/kernel/debug", "")?;
    put("tracefs", "/sys/kernel/tracing", "")?;
    for (link, target) in [
        ("/dev/fd", "/proc/self/fd"),
        ("/dev/stdin", "/proc/self/fd/0"),
    ] {
        if !Path::new(link).exists() {
            symlink(target, link)?;
        }
    }
    // SAFETY: PID 1 has one thread at this point.
    unsafe {
        std::env::set_var("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        std::env::set_var("HOME", "/root");
        std::env::set_var("LC_ALL", "C");
    }
    Ok(())
}

/// The layout that systemd makes: nothing but slices below the root, each with the cpu controller.
fn cgroup_tree() -> io::Result<()> {
    let top = Path::new("/sys/fs/cgroup");
    for name in ["init.scope", "system.slice", "user.slice"] {
        fs::create_dir(top.join(name))?;
    }
    fs::write(top.join("init.scope/cgroup.procs"), "1")?;
    fs::write(top.join("cgroup.subtree_control"), "+cpu")?;
    for name in ["system.slice", "user.slice"] {
        fs::write(top.join(name).join("cgroup.subtree_control"), "+cpu")?;
    }
    Ok(())
}

fn network() -> io::Result<()> {
    let mut batch = String::from("link set lo up\n");
    for last in 10..=31 {
        batch += &format!("addr add 192.0.2.{last}/32 dev lo\n");
    }
    for address in ["192.0.2.40/32", "198.51.100.10/32"] {
        batch += &format!("addr add {address} dev lo\n");
    }
    for last in ADDRESSES6 {
        batch += &format!("addr add 2001:db8::{last:x}/128 dev lo nodad\n");
    }
    fs::write("/run/addresses", batch)?;
    let status = Command::new("ip")
        .args(["-batch", "/run/addresses"])
        .stdin(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(io::Error::other(format!("ip -batch: {status}")));
    }
    Ok(())
}

/// A shell on the console, for looking around by hand.
fn shell() -> io::Result<bool> {
    let console = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/console")?;
    Command::new("/bin/sh")
        .arg("-i")
        .stdin(console.try_clone()?)
        .stdout(console.try_clone()?)
        .stderr(console)
        .status()?;
    Ok(true)
}
