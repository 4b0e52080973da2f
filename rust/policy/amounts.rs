// SPDX-License-Identifier: GPL-2.0

//! The values of a VPS's resources: amounts of memory, numbers of processes, rates and weights of devices.

use core::fmt::{
    self,
    Display,
    Formatter, //
};

use crate::limits;

use super::{
    number::{
        whole,
        NumberError, //
    },
    refusal::Reason,
};

/// A limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// So many.
    Number(u64),
    /// No limit.
    Max,
}

/// An amount of memory, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bytes {
    /// A number, and how often it is multiplied by 1024: 0 to 4.
    Amount(u64, u8),
    /// All that there is.
    Max,
}

/// A block device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Device {
    major: u16,
    minor: u32,
}

/// `io.max` of one device: bytes and operations a second, read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IoMax {
    /// The device.
    pub(crate) device: Device,
    /// In the order of [`IO_KEYS`]; `None` was not written.
    limits: [Option<Limit>; 4],
}

/// `io.weight`, of one device or of all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IoWeight {
    /// The device; `None` are all others.
    pub(crate) device: Option<Device>,
    /// 1 to 10000.
    pub(crate) weight: u16,
}

/// What `io.max` limits.
const IO_KEYS: [&str; 4] = ["rbps", "wbps", "riops", "wiops"];

/// The suffixes of memory, each 1024 times the one before.
const SUFFIXES: [char; 4] = ['K', 'M', 'G', 'T'];

impl Limit {
    /// Reads a number of processes.
    pub(super) fn processes(value: &str) -> Result<Self, Reason> {
        if value == "max" {
            return Ok(Limit::Max);
        }
        match whole(value, limits::PIDS) {
            Ok(number) => Ok(Limit::Number(number)),
            Err(NumberError::Syntax) => Err(Reason::invalid(
                "bad number of processes: expected 0 to 4194304, or max",
            )),
            Err(NumberError::Range) => Err(Reason::outside(
                "a number of processes is 0 to 4194304, or max",
            )),
        }
    }
}

impl Bytes {
    pub(super) fn parse(value: &str) -> Result<Self, Reason> {
        if value == "max" {
            return Ok(Self::Max);
        }
        let suffix = value.chars().last().map(|last| last.to_ascii_uppercase());
        let power = SUFFIXES.iter().position(|one| Some(*one) == suffix);
        let (digits, power) = match power {
            Some(power) => (
                value.get(..value.len().saturating_sub(1)),
                power.saturating_add(1),
            ),
            None => (Some(value), 0),
        };
        let power = u8::try_from(power).unwrap_or(0);
        // The kernel counts pages in a signed word.
        let most = limits::MEMORY_BYTES >> u32::from(power).saturating_mul(10);
        match whole(digits.unwrap_or_default(), most) {
            Ok(number) => Ok(Self::Amount(number, power)),
            Err(NumberError::Syntax) => Err(Reason::invalid(
                "bad amount of memory: expected bytes, a number with K, M, G or T, or max",
            )),
            Err(NumberError::Range) => Err(Reason::outside(
                "more memory than any machine has: expected less, or max",
            )),
        }
    }
}

impl Device {
    /// Reads `MAJOR:MINOR`.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        let part = |text: &str, max: u64| {
            whole(text, max).map_err(|error| match error {
                NumberError::Syntax => {
                    Reason::invalid("bad device: expected MAJOR:MINOR, such as 8:0")
                }
                NumberError::Range => Reason::outside("a device is 0 to 4095 : 0 to 1048575"),
            })
        };
        let (major, minor) = text.split_once(':').unwrap_or((text, ""));
        // `MINORBITS` of include/linux/kdev_t.h is 20.
        Ok(Self {
            major: u16::try_from(part(major, 0xfff)?).unwrap_or(u16::MAX),
            minor: u32::try_from(part(minor, 0xf_ffff)?).unwrap_or(u32::MAX),
        })
    }
}

impl IoMax {
    pub(super) fn parse(value: &str) -> Result<Self, Reason> {
        const SYNTAX: &str =
            "bad limit: expected MAJOR:MINOR and some of ,rbps= ,wbps= ,riops= ,wiops= each once";
        let (device, rest) = value.split_once(',').ok_or(Reason::invalid(SYNTAX))?;
        let device = Device::parse(device)?;
        let mut limits = [None; 4];
        for word in rest.split(',') {
            let (key, value) = word.split_once('=').ok_or(Reason::invalid(SYNTAX))?;
            let place = IO_KEYS.iter().position(|one| *one == key);
            let place = place.and_then(|at| limits.get_mut(at));
            match place {
                Some(place) if place.is_none() => *place = Some(rate(value)?),
                _ => return Err(Reason::invalid(SYNTAX)),
            }
        }
        Ok(Self { device, limits })
    }

    /// As the kernel takes it: what is not said is not limited.
    pub(crate) fn for_kernel(&self) -> impl Display + '_ {
        ForKernel(self)
    }

    /// No limits.
    pub(crate) fn none(device: Device) -> Self {
        Self {
            device,
            limits: [None; 4],
        }
    }
}

fn rate(value: &str) -> Result<Limit, Reason> {
    if value == "max" {
        return Ok(Limit::Max);
    }
    match whole(value, u64::MAX >> 1) {
        Ok(0) | Err(NumberError::Range) => {
            Err(Reason::outside("a rate is 1 or more a second, or max"))
        }
        Ok(number) => Ok(Limit::Number(number)),
        Err(NumberError::Syntax) => Err(Reason::invalid(
            "bad rate: expected a number a second, or max",
        )),
    }
}

impl IoWeight {
    pub(super) fn parse(value: &str) -> Result<Self, Reason> {
        let (device, weight) = match value.split_once(',') {
            Some((device, weight)) => (Some(Device::parse(device)?), weight),
            None => (None, value),
        };
        let weight = match (weight, device) {
            ("default", None) => u64::from(limits::WEIGHT_DEFAULT),
            _ => match whole(weight, u64::from(limits::WEIGHT_MAX)) {
                Ok(0) | Err(NumberError::Range) => {
                    return Err(Reason::outside("a weight is a number from 1 to 10000"))
                }
                Ok(weight) => weight,
                Err(NumberError::Syntax) => {
                    return Err(Reason::invalid(
                        "bad weight: expected 1 to 10000, default, or MAJOR:MINOR,WEIGHT",
                    ))
                }
            },
        };
        Ok(Self {
            device,
            weight: u16::try_from(weight).unwrap_or(limits::WEIGHT_MAX),
        })
    }
}

impl Display for Limit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Max => f.write_str("max"),
        }
    }
}

impl Display for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(number, power) => {
                write!(f, "{number}")?;
                let suffix = usize::from(*power).checked_sub(1);
                match suffix.and_then(|at| SUFFIXES.get(at)) {
                    Some(suffix) => write!(f, "{suffix}"),
                    None => Ok(()),
                }
            }
            Self::Max => f.write_str("max"),
        }
    }
}

impl Display for Device {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.major, self.minor)
    }
}

impl Display for IoMax {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.device)?;
        for (key, limit) in IO_KEYS.iter().zip(self.limits) {
            if let Some(limit) = limit {
                write!(f, ",{key}={limit}")?;
            }
        }
        Ok(())
    }
}

/// See [`IoMax::for_kernel`].
struct ForKernel<'a>(&'a IoMax);

impl Display for ForKernel<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.device)?;
        for (key, limit) in IO_KEYS.iter().zip(self.0.limits) {
            write!(f, " {key}={}", limit.unwrap_or(Limit::Max))?;
        }
        Ok(())
    }
}

impl Display for IoWeight {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.device {
            Some(device) => write!(f, "{device},{}", self.weight),
            None => write!(f, "{}", self.weight),
        }
    }
}
