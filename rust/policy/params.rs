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
        List, //
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
        Reason,
        Refusal, //
    },
    span::{
        self,
        Span,
        SpanError,
        Spans, //
    },
    word::Word,
};

/// Keys that depend on how the kernel was configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Supported {
    /// `cpu.uclamp.min` and `cpu.uclamp.max`.
    pub(crate) uclamp: bool,
    /// `cpuset.cpus`.
    pub(crate) cpuset: bool,
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
}

/// The keys of [`Params`] for the message about an unknown one.
pub(super) const KEYS: &str = "unknown key: expected one of addr, server, cpu.min, cpu.max, cpu.weight, cpu.idle, cpu.uclamp.min, cpu.uclamp.max, cpuset.cpus, nice, ioprio";

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
        }
    }

    /// Takes `word`, which is `key=value`.
    pub(super) fn set(
        &mut self,
        word: Word<'_>,
        key: &str,
        value: &str,
        supported: &Supported,
    ) -> Result<(), Refusal> {
        match key {
            "cpu.min" => {
                let amount = Cpu::parse(value).map_err(|error| cpu_refusal(word, error))?;
                once(&mut self.cpu_min, amount, word)
            }
            "cpu.max" if value == "max" => Ok(()),
            "cpu.max" => {
                let amount = Cpu::parse(value).map_err(|error| cpu_refusal(word, error))?;
                if amount.is_zero() {
                    return Err(word.outside("a cap is more than nothing"));
                }
                once(&mut self.cpu_max, amount, word)
            }
            "cpu.weight" => {
                let weight = number(value, u64::from(limits::WEIGHT_MAX));
                match weight.map(u16::try_from) {
                    Ok(Ok(weight)) if weight >= limits::WEIGHT_MIN => {
                        once(&mut self.cpu_weight, weight, word)
                    }
                    Err(NumberError::Syntax) => {
                        Err(word.invalid("bad weight: expected 1 to 10000"))
                    }
                    _ => Err(word.outside("a weight is a number from 1 to 10000")),
                }
            }
            "cpu.idle" => match value {
                "0" => once(&mut self.cpu_idle, false, word),
                "1" => once(&mut self.cpu_idle, true, word),
                _ => Err(word.invalid("expected cpu.idle=0 or cpu.idle=1")),
            },
            "cpu.uclamp.min" | "cpu.uclamp.max" => {
                need(supported.uclamp, word)?;
                let clamp = Uclamp::parse(value).map_err(|error| uclamp_refusal(word, error))?;
                if key == "cpu.uclamp.min" {
                    once(&mut self.uclamp_min, clamp, word)
                } else {
                    once(&mut self.uclamp_max, clamp, word)
                }
            }
            "cpuset.cpus" => {
                need(supported.cpuset, word)?;
                once(&mut self.cpuset, cpu_list(word, value)?, word)
            }
            "nice" => once(&mut self.nice, nice(word, value)?, word),
            "ioprio" => once(&mut self.ioprio, ioprio(word, value)?, word),
            _ => Err(word.invalid(KEYS)),
        }
    }
}

/// Sets what may be written once in a row.
pub(super) fn once<T>(place: &mut Option<T>, value: T, word: Word<'_>) -> Result<(), Refusal> {
    if place.is_some() {
        return Err(word.invalid("this key is in the row already"));
    }
    *place = Some(value);
    Ok(())
}

fn need(supported: bool, word: Word<'_>) -> Result<(), Refusal> {
    if supported {
        return Ok(());
    }
    Err(word.refuse(Reason::Plain(
        Errno::Eopnotsupp,
        "this kernel, or the cgroup tree, does not have the controller for this key",
    )))
}

fn number(text: &str, max: u64) -> Result<u64, NumberError> {
    whole(text, max)
}

fn cpu_refusal(word: Word<'_>, error: NumberError) -> Refusal {
    match error {
        NumberError::Syntax => {
            word.invalid("bad amount of CPU: expected N%, Ncpus or Nms/s, with at most 4 decimals")
        }
        NumberError::Range => {
            word.outside("more CPU than there can be: at most 100%, 8192cpus or 8192000ms/s")
        }
    }
}

fn uclamp_refusal(word: Word<'_>, error: NumberError) -> Refusal {
    match error {
        NumberError::Syntax => {
            word.invalid("bad clamp: expected 0 to 100 with at most 2 decimals, or max")
        }
        NumberError::Range => word.outside("a clamp is a number from 0 to 100, or max"),
    }
}

fn cpu_list(word: Word<'_>, value: &str) -> Result<Boxed<CpuList>, Refusal> {
    let mut spans = List::new();
    let max = u16::try_from(limits::CPUS.saturating_sub(1)).unwrap_or(u16::MAX);
    span::parse(value, 0, max, &mut spans).map_err(|error| match error {
        SpanError::Syntax => word.invalid("bad CPU list: expected a list such as 0-3,5"),
        SpanError::Range => word.outside("a CPU is a number from 0 to 8191"),
        SpanError::Backward => word.invalid("a range of CPUs ends before it starts"),
        SpanError::Twice => word.invalid("a CPU is named twice"),
        SpanError::NoMemory => crate::mem::NoMemory.into(),
    })?;
    Ok(Boxed::new(CpuList(spans))?)
}

fn nice(word: Word<'_>, value: &str) -> Result<i8, Refusal> {
    let (digits, negative) = match value.strip_prefix('-') {
        Some(digits) => (digits, true),
        None => (value, false),
    };
    let number = match number(digits, 20).map(i8::try_from) {
        Ok(Ok(number)) => number,
        Err(NumberError::Syntax) => return Err(word.invalid("bad nice value: expected -20 to 19")),
        _ => return Err(word.outside("a nice value is a number from -20 to 19")),
    };
    match (number, negative) {
        (0, true) => Err(word.invalid("bad nice value: expected -20 to 19")),
        (20, false) => Err(word.outside("a nice value is a number from -20 to 19")),
        (number, true) => Ok(number.saturating_neg()),
        (number, false) => Ok(number),
    }
}

fn ioprio(word: Word<'_>, value: &str) -> Result<IoPrio, Refusal> {
    const BAD: &str = "bad I/O priority: expected rt:0 to rt:7, be:0 to be:7, idle or none";

    let level = |text: &str| match number(text, 7).map(u8::try_from) {
        Ok(Ok(level)) => Ok(level),
        Err(NumberError::Syntax) => Err(word.invalid(BAD)),
        _ => Err(word.outside("an I/O priority level is a number from 0 to 7")),
    };
    match value.split_once(':') {
        Some(("rt", text)) => Ok(IoPrio::Realtime(level(text)?)),
        Some(("be", text)) => Ok(IoPrio::BestEffort(level(text)?)),
        None if value == "idle" => Ok(IoPrio::Idle),
        None if value == "none" => Ok(IoPrio::None),
        _ => Err(word.invalid(BAD)),
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
        let cpuset = self.cpuset.as_ref().map(|list| -> &dyn Display { &**list });
        word(f, "cpu.min", show(&self.cpu_min))?;
        word(f, "cpu.max", show(&self.cpu_max))?;
        word(f, "cpu.weight", show(&self.cpu_weight))?;
        word(f, "cpu.idle", show(&self.cpu_idle.map(u8::from)))?;
        word(f, "cpu.uclamp.min", show(&self.uclamp_min))?;
        word(f, "cpu.uclamp.max", show(&self.uclamp_max))?;
        word(f, "cpuset.cpus", cpuset)?;
        word(f, "nice", show(&self.nice))?;
        word(f, "ioprio", show(&self.ioprio))
    }
}
