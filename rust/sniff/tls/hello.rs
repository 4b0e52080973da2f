// SPDX-License-Identifier: GPL-2.0

//! The handshake message ClientHello: RFC 8446, section 4.1.2, which has the form of the earlier versions.
//!
//! Only lengths are looked at, and the name. A length has to fit in what encloses it; bytes behind the extensions and behind the list
//! of names are passed over. What a server may find wrong with the rest makes it refuse the connection.

use crate::limits::HELLO_BYTES;
use crate::sniff::Name;
use crate::sniff::Nameless;
use crate::sniff::Skip;
use crate::sniff::Step;

/// `HandshakeType`: `client_hello` (RFC 8446, section 4).
const CLIENT_HELLO: u32 = 1;
/// `ExtensionType`: `server_name` (RFC 8446, section 4.2).
const SERVER_NAME: u32 = 0;
/// `NameType`: `host_name` (RFC 6066, section 3).
const HOST_NAME: u32 = 0;

/// Bytes of `legacy_version` and `random`.
const FIXED_BYTES: u32 = 2 + 32;
/// Bytes of an extension before its data: type and length.
const EXTENSION_BYTES: u32 = 2 + 2;
/// Bytes of an entry of the list of names before the name: type and length.
const ENTRY_BYTES: u32 = 1 + 2;

/// A field of the message. Those that are no number and not the name are only counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// `msg_type`, a number.
    Type,
    /// `length`, a number.
    Length,
    /// `legacy_version` and `random`.
    Fixed,
    /// The length of `legacy_session_id`, a number.
    SessionLength,
    /// `legacy_session_id`.
    Session,
    /// The length of `cipher_suites` in bytes, a number.
    SuitesLength,
    /// `cipher_suites`.
    Suites,
    /// The length of `legacy_compression_methods`, a number.
    MethodsLength,
    /// `legacy_compression_methods`.
    Methods,
    /// The length of all extensions, a number.
    ExtensionsLength,
    /// `extension_type`, a number.
    ExtensionType,
    /// The length of the data of an extension that has no name, a number.
    OtherLength,
    /// The data of such an extension.
    Other,
    /// The length of the data of `server_name`, a number.
    ServerNameLength,
    /// The length of `server_name_list`, a number.
    ListLength,
    /// `name_type`, a number.
    NameType,
    /// The length of a name that is not of a host, a number.
    OtherNameLength,
    /// Such a name.
    OtherName,
    /// The length of the host's name, a number.
    NameLength,
    /// The host's name.
    Name,
}

impl Field {
    /// Whether it is only counted.
    fn is_counted(self) -> bool {
        matches!(
            self,
            Self::Fixed
                | Self::Session
                | Self::Suites
                | Self::Methods
                | Self::Other
                | Self::OtherName
        )
    }
}

/// A ClientHello up to the server's name.
#[derive(Clone, Debug)]
pub(super) struct Hello {
    /// The bytes of the field that are still to come.
    left: Skip,
    /// The number that the field is, as far as it was read.
    number: u32,
    /// The bytes of the message behind the field, or behind the extensions.
    message: u32,
    /// The bytes of the extensions behind the field, or behind the extension; in `server_name`, those of the extension.
    extensions: u32,
    /// The bytes of the list of names behind the field.
    list: u32,
    field: Field,
}

impl Hello {
    /// No byte was read.
    pub(super) const fn new() -> Self {
        Self {
            left: Skip(1),
            number: 0,
            message: 0,
            extensions: 0,
            list: 0,
            field: Field::Type,
        }
    }

    /// Reads the next byte. An error is what is known when there is no more to read.
    pub(super) fn read(&mut self, byte: u8, name: &mut Name) -> Result<(), Step> {
        match self.field {
            Field::Name => name.push(byte),
            _ => self.number = self.number.wrapping_shl(8) | u32::from(byte),
        }
        self.left.pass(1);
        // No two fields that follow each other can be empty.
        while self.left.left() == 0 {
            let (field, length) = self.next(name)?;
            self.field = field;
            self.number = 0;
            self.left.set(u64::from(length));
        }
        Ok(())
    }

    /// How many bytes of the message would only be counted. Something may be known at the last byte of a field: that one is read.
    pub(super) fn ahead(&self) -> u64 {
        match self.field.is_counted() {
            true => self.left.left().saturating_sub(1),
            false => 0,
        }
    }

    /// Counts `count` bytes of the message, at most as many as [`Hello::ahead`] says.
    pub(super) fn pass(&mut self, count: u64) {
        self.left.pass(count);
    }

    /// The field behind the one that was read, and its length in bytes; or what is known now. A length that does not fit in what
    /// encloses it is known here, before what it is the length of.
    fn next(&mut self, name: &mut Name) -> Result<(Field, u32), Step> {
        let number = self.number;
        let message = &mut self.message;
        Ok(match self.field {
            Field::Type if number == CLIENT_HELLO => (Field::Length, 3),
            Field::Type => return Err(Step::Nameless(Nameless::Foreign)),
            Field::Length if number > HELLO_BYTES => {
                return Err(Step::Nameless(Nameless::TooLate));
            }
            Field::Length => {
                *message = number;
                (Field::Fixed, claim(message, FIXED_BYTES)?)
            }
            Field::Fixed => (Field::SessionLength, claim(message, 1)?),
            Field::SessionLength => (Field::Session, claim(message, number)?),
            Field::Session => (Field::SuitesLength, claim(message, 2)?),
            Field::SuitesLength => (Field::Suites, claim(message, number)?),
            Field::Suites => (Field::MethodsLength, claim(message, 1)?),
            Field::MethodsLength => (Field::Methods, claim(message, number)?),
            // Before TLS 1.3, extensions may be left out.
            Field::Methods if *message == 0 => return Err(Step::Nameless(Nameless::Absent)),
            Field::Methods => (Field::ExtensionsLength, claim(message, 2)?),
            Field::ExtensionsLength => {
                self.extensions = claim(message, number)?;
                self.extension()?
            }
            Field::ExtensionType if number == SERVER_NAME => (Field::ServerNameLength, 2),
            Field::ExtensionType => (Field::OtherLength, 2),
            Field::OtherLength => (Field::Other, claim(&mut self.extensions, number)?),
            Field::Other => self.extension()?,
            Field::ServerNameLength => {
                // If there are more of it, the first one counts.
                self.extensions = claim(&mut self.extensions, number)?;
                match number {
                    0 => return Err(Step::Nameless(Nameless::Absent)),
                    _ => (Field::ListLength, claim(&mut self.extensions, 2)?),
                }
            }
            Field::ListLength => {
                self.list = claim(&mut self.extensions, number)?;
                self.entry()?
            }
            Field::NameType if number == HOST_NAME => (Field::NameLength, 2),
            Field::NameType => (Field::OtherNameLength, 2),
            Field::OtherNameLength => (Field::OtherName, claim(&mut self.list, number)?),
            Field::OtherName => self.entry()?,
            Field::NameLength => {
                name.clear();
                (Field::Name, claim(&mut self.list, number)?)
            }
            Field::Name => {
                return Err(match name.get() {
                    Ok(_) => Step::Named,
                    Err(why) => Step::Nameless(why),
                });
            }
        })
    }

    /// The first field of the next extension, and its length.
    fn extension(&mut self) -> Result<(Field, u32), Step> {
        if self.extensions == 0 {
            return Err(Step::Nameless(Nameless::Absent));
        }
        claim(&mut self.extensions, EXTENSION_BYTES)?;
        Ok((Field::ExtensionType, 2))
    }

    /// The first field of the next name in the list, and its length.
    fn entry(&mut self) -> Result<(Field, u32), Step> {
        if self.list == 0 {
            return Err(Step::Nameless(Nameless::Absent));
        }
        claim(&mut self.list, ENTRY_BYTES)?;
        Ok((Field::NameType, 1))
    }
}

/// Takes `count` bytes out of what encloses them, if it has as many; gives `count`.
fn claim(enclosing: &mut u32, count: u32) -> Result<u32, Step> {
    let rest = enclosing.checked_sub(count);
    *enclosing = rest.ok_or(Step::Nameless(Nameless::Foreign))?;
    Ok(count)
}
