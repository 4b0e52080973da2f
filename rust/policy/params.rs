// SPDX-License-Identifier: GPL-2.0

//! What a row asks for: the keys behind its matches.

use core::fmt::{
    self,
    Display,
    Formatter, //
};

use crate::{
    limits,
    mem::{
        Boxed,
        List,
        NoMemory, //
    },
};

use super::{
    cpu::Cpu,
    number::{
        whole,
        Fixed,
        NumberError, //
    },
    refusal::{
        Errno,
        Reason, //
    },
    resources::{
        self,
        Resources, //
    },
    span::{
        self,
        Span,
        SpanError,
        Spans, //
    },
};

/// Keys that depend on how the kernel was configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Supported {
    /// `cpu.uclamp.min` and `cpu.uclamp.max`.
    pub(crate) uclamp: bool,
    /// `cpuset.cpus`.
    pub(crate) cpuset: bool,
    /// `memory.*`.
    pub(crate) memory: bool,
    /// `pids.max`.
    pub(crate) pids: bool,
    /// `io.*`.
    pub(crate) io: bool,
}

/// A utilisation clamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uclamp {
    /// Hundredths of a percent, up to 10000.
    Percent(u16),
    /// No clamp.
    Max,
}

/// An I/O priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IoPrio {
    /// The real-time class and its level, 0 to 7.
    Realtime(u8),
    /// The best-effort class and its level, 0 to 7.
    BestEffort(u8),
    /// The idle class.
    Idle,
    /// The kernel's choice, from the nice value.
    None,
}

/// The CPUs that a host may use, ascending.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct CpuList(List<Span>);

impl CpuList {
    /// The CPU numbers.
    pub(crate) fn spans(&self) -> &[Span] {
        &self.0
    }
}

/// The parameters of a row; `None` is what was not written.
#[cfg_attr(test, derive(Debug, PartialEq, Eq))]
pub(crate) struct Params {
    /// The guarantee.
    pub(crate) cpu_min: Option<Cpu>,
    /// The cap; `None` is also what `cpu.max=max` gives.
    pub(crate) cpu_max: Option<Cpu>,
    /// The part in what nobody was guaranteed.
    pub(crate) cpu_weight: Option<u16>,
    /// Whether the host runs only when nobody else wants to.
    pub(crate) cpu_idle: Option<bool>,
    /// See [`Uclamp`].
    pub(crate) uclamp_min: Option<Uclamp>,
    /// See [`Uclamp`].
    pub(crate) uclamp_max: Option<Uclamp>,
    /// See [`CpuList`]; boxed because few rows have it.
    pub(crate) cpuset: Option<Boxed<CpuList>>,
    /// The nice value of the host's tasks.
    pub(crate) nice: Option<i8>,
    /// The I/O priority of the host's tasks.
    pub(crate) ioprio: Option<IoPrio>,
    /// What only the row of a VPS has; boxed because few rows have it.
    pub(crate) resources: Option<Boxed<Resources>>,
}

/// The keys of [`Params`] for the message about an unknown one.
pub(super) const KEYS: &str = "unknown key: expected one of addr, name, server, cpu.min, \
    cpu.max, cpu.weight, cpu.idle, cpu.uclamp.min, cpu.uclamp.max, cpuset.cpus, nice, ioprio, vps, \
    memory.max, memory.high, memory.min, pids.max, io.max, io.weight";

impl Params {
    /// The parameters of a row that names none.
    pub(crate) const fn new() -> Self {
        Self {
            cpu_min: None,
            cpu_max: None,
            cpu_weight: None,
            cpu_idle: None,
            uclamp_min: None,
            uclamp_max: None,
            cpuset: None,
            nice: None,
            ioprio: None,
            resources: None,
        }
    }

    /// Takes `key=value`.
    #[inline(never)]
    pub(super) fn set(
        &mut self,
        key: &str,
        value: &str,
        supported: &Supported,
    ) -> Result<(), Reason> {
        match key {
            "cpu.min" => self.cpu_min = Some(cpu(value)?),
            "cpu.max" => self.cpu_max = cap(value)?,
            "cpu.weight" => self.cpu_weight = Some(weight(value)?),
            "cpu.idle" => self.cpu_idle = Some(idle(value)?),
            "cpu.uclamp.min" => self.uclamp_min = Some(uclamp(value, supported.uclamp)?),
            "cpu.uclamp.max" => self.uclamp_max = Some(uclamp(value, supported.uclamp)?),
            "cpuset.cpus" => self.cpuset = Some(cpu_list(value, supported.cpuset)?),
            "nice" => self.nice = Some(nice(value)?),
            "ioprio" => self.ioprio = Some(ioprio(value)?),
            _ if resources::is_key(key) => self.resources()?.set(key, value, supported)?,
            _ => return Err(Reason::invalid(KEYS)),
        }
        Ok(())
    }
}

impl Params {
    fn resources(&mut self) -> Result<&mut Resources, NoMemory> {
        let one = match self.resources.take() {
            Some(one) => one,
            None => Boxed::new(Resources::new())?,
        };
        Ok(self.resources.insert(one))
    }
}

fn need(supported: bool) -> Result<(), Reason> {
    if supported {
        return Ok(());
    }
    Err(Reason::Plain(
        Errno::Eopnotsupp,
        "this kernel, or the cgroup tree, does not have the controller for this key",
    ))
}

/// Reads a number from `min` to `max`, both of which `outside` names.
fn number(
    text: &str,
    min: u16,
    max: u16,
    syntax: &'static str,
    outside: &'static str,
) -> Result<u16, Reason> {
    match whole(text, u64::from(max)).map(u16::try_from) {
        Ok(Ok(number)) if number >= min => Ok(number),
        Err(NumberError::Syntax) => Err(Reason::invalid(syntax)),
        _ => Err(Reason::outside(outside)),
    }
}

fn cpu(value: &str) -> Result<Cpu, Reason> {
    Cpu::parse(value).map_err(|error| match error {
        NumberError::Syntax => Reason::invalid(
            "bad amount of CPU: expected N%, Ncpus or Nms/s, with at most 4 decimals",
        ),
        NumberError::Range => {
            Reason::outside("more than there can be: at most 100%, 8192cpus or 8192000ms/s")
        }
    })
}

fn cap(value: &str) -> Result<Option<Cpu>, Reason> {
    if value == "max" {
        return Ok(None);
    }
    match cpu(value)? {
        cap if cap.is_zero() => Err(Reason::outside("a cap is more than nothing")),
        cap => Ok(Some(cap)),
    }
}

fn weight(value: &str) -> Result<u16, Reason> {
    let syntax = "bad weight: expected 1 to 10000";
    let outside = "a weight is a number from 1 to 10000";
    number(
        value,
        limits::WEIGHT_MIN,
        limits::WEIGHT_MAX,
        syntax,
        outside,
    )
}

fn idle(value: &str) -> Result<bool, Reason> {
    match value {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(Reason::invalid("expected cpu.idle=0 or cpu.idle=1")),
    }
}

fn uclamp(value: &str, supported: bool) -> Result<Uclamp, Reason> {
    need(supported)?;
    Uclamp::parse(value).map_err(|error| match error {
        NumberError::Syntax => {
            Reason::invalid("bad clamp: expected 0 to 100 with at most 2 decimals, or max")
        }
        NumberError::Range => Reason::outside("a clamp is a number from 0 to 100, or max"),
    })
}

fn cpu_list(value: &str, supported: bool) -> Result<Boxed<CpuList>, Reason> {
    need(supported)?;
    let mut spans = List::new();
    let max = u16::try_from(limits::CPUS.saturating_sub(1)).unwrap_or(u16::MAX);
    span::parse(value, 0, max, &mut spans).map_err(|error| match error {
        SpanError::Syntax => Reason::invalid("bad CPU list: expected a list such as 0-3,5"),
        SpanError::Range => Reason::outside("a CPU is a number from 0 to 8191"),
        SpanError::Backward => Reason::invalid("a range of CPUs ends before it starts"),
        SpanError::Twice => Reason::invalid("a CPU is named twice"),
        SpanError::NoMemory => NoMemory.into(),
    })?;
    Ok(Boxed::new(CpuList(spans))?)
}

fn nice(value: &str) -> Result<i8, Reason> {
    let syntax = "bad nice value: expected -20 to 19";
    let outside = "a nice value is a number from -20 to 19";
    let number = match value.strip_prefix('-') {
        Some("0") => return Err(Reason::invalid(syntax)),
        Some(digits) => {
            i8::try_from(number(digits, 1, 20, syntax, outside)?).map(i8::saturating_neg)
        }
        None => i8::try_from(number(value, 0, 19, syntax, outside)?),
    };
    number.map_err(|_| Reason::outside(outside))
}

fn ioprio(value: &str) -> Result<IoPrio, Reason> {
    let syntax = "bad I/O priority: expected rt:0 to rt:7, be:0 to be:7, idle or none";
    let level = |text: &str| {
        let outside = "an I/O priority level is a number from 0 to 7";
        let level = number(text, 0, 7, syntax, outside)?;
        u8::try_from(level).map_err(|_| Reason::outside(outside))
    };
    match value.split_once(':') {
        Some(("rt", text)) => Ok(IoPrio::Realtime(level(text)?)),
        Some(("be", text)) => Ok(IoPrio::BestEffort(level(text)?)),
        None if value == "idle" => Ok(IoPrio::Idle),
        None if value == "none" => Ok(IoPrio::None),
        _ => Err(Reason::invalid(syntax)),
    }
}

impl Uclamp {
    fn parse(text: &str) -> Result<Self, NumberError> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let number = Fixed::parse(text, 2, Fixed::ONE.saturating_mul(100))?;
        let hundredths = u16::try_from(number.0 / 100).map_err(|_| NumberError::Range)?;
        Ok(Self::Percent(hundredths))
    }
}

impl Display for Uclamp {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(hundredths) => {
                Display::fmt(&Fixed(u64::from(*hundredths).saturating_mul(100)), f)
            }
            Self::Max => f.write_str("max"),
        }
    }
}

impl Display for IoPrio {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Realtime(level) => write!(f, "rt:{level}"),
            Self::BestEffort(level) => write!(f, "be:{level}"),
            Self::Idle => f.write_str("idle"),
            Self::None => f.write_str("none"),
        }
    }
}

impl Display for CpuList {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&Spans(&self.0), f)
    }
}

/// Prints each parameter with a blank before it.
impl Display for Params {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        fn word(f: &mut Formatter<'_>, key: &str, value: Option<&dyn Display>) -> fmt::Result {
            match value {
                Some(value) => write!(f, " {key}={value}"),
                None => Ok(()),
            }
        }
        fn show<T: Display>(value: &Option<T>) -> Option<&dyn Display> {
            value.as_ref().map(|value| -> &dyn Display { value })
        }
        let cpuset = self.cpuset.as_deref().map(|list| -> &dyn Display { list });
        word(f, "cpu.min", show(&self.cpu_min))?;
        word(f, "cpu.max", show(&self.cpu_max))?;
        word(f, "cpu.weight", show(&self.cpu_weight))?;
        word(f, "cpu.idle", show(&self.cpu_idle.map(u8::from)))?;
        word(f, "cpu.uclamp.min", show(&self.uclamp_min))?;
        word(f, "cpu.uclamp.max", show(&self.uclamp_max))?;
        word(f, "cpuset.cpus", cpuset)?;
        word(f, "nice", show(&self.nice))?;
        word(f, "ioprio", show(&self.ioprio))?;
        match self.resources.as_deref() {
            Some(resources) => Display::fmt(resources, f),
            None => Ok(()),
        }
    }
}
