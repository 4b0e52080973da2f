// SPDX-License-Identifier: GPL-2.0

//! A body in chunks (RFC 9112, section 7.1).

use super::{
    CR,
    LF, //
};

/// What has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The size of a chunk, and whether it has a digit.
    Size(bool),
    /// An extension behind the size, or the white space before it.
    Extension,
    /// CR behind either.
    SizeCr,
    /// The data of a chunk.
    Data,
    /// CR behind the data.
    DataCr,
    /// The last chunk, or a line behind it.
    Line,
    /// CR at the start of a line.
    LineCr,
    /// A trailer field.
    Trailer,
}

/// What a byte was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// One of many.
    More,
    /// The last one before so many bytes of data.
    Data(u64),
    /// The last one of the body.
    End,
    /// One that no body has there.
    Odd,
}

/// A body in chunks while it is read, but for the data.
///
/// LF alone ends a line, as it did for long with nginx, which refuses it now, as Apache does. Extensions and trailer fields say
/// nothing here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunks {
    size: u64,
    part: Part,
}

impl Chunks {
    /// No byte was read.
    pub(super) const fn new() -> Self {
        Self {
            size: 0,
            part: Part::Size(false),
        }
    }

    /// Reads the next byte that is not data.
    pub(super) fn read(&mut self, byte: u8) -> Read {
        self.part = match (self.part, byte) {
            (Part::Size(true) | Part::Extension | Part::SizeCr, LF) if self.size > 0 => {
                self.part = Part::Data;
                return Read::Data(self.size);
            }
            (Part::Size(true) | Part::Extension | Part::SizeCr, LF) => Part::Line,
            (Part::Size(true) | Part::Extension, CR) => Part::SizeCr,
            (Part::Size(true), b';' | b' ' | b'\t') | (Part::Extension, _) => Part::Extension,
            (Part::Size(_), _) => match self.longer(byte) {
                Some(size) => {
                    self.size = size;
                    Part::Size(true)
                }
                None => return Read::Odd,
            },
            (Part::Data, CR) => Part::DataCr,
            (Part::Data | Part::DataCr, LF) => {
                *self = Self::new();
                self.part
            }
            (Part::Line | Part::LineCr, LF) => return Read::End,
            (Part::Line, CR) => Part::LineCr,
            (Part::Trailer, LF) => Part::Line,
            (Part::Line | Part::LineCr | Part::Trailer, _) => Part::Trailer,
            (Part::SizeCr | Part::Data | Part::DataCr, _) => return Read::Odd,
        };
        Read::More
    }

    /// The size with one more digit.
    fn longer(&self, byte: u8) -> Option<u64> {
        let digit = char::from(byte).to_digit(16)?;
        self.size.checked_mul(16)?.checked_add(u64::from(digit))
    }
}
