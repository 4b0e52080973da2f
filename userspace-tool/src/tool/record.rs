// SPDX-License-Identifier: GPL-2.0

//! Records of `/proc/vhqos`: `KEY=VALUE` separated by blanks, one record a line.

/// One record, its fields in their order.
#[derive(Debug)]
pub(crate) struct Record<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Record<'a> {
    /// Reads a line; words without `=` are left out.
    pub(crate) fn parse(line: &'a str) -> Self {
        let words = line.split(' ');
        Self(words.filter_map(|word| word.split_once('=')).collect())
    }

    /// The value of the first field of this name.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        let mut fields = self.0.iter();
        fields
            .find(|(found, _)| *found == key)
            .map(|(_, value)| *value)
    }
}
