// SPDX-License-Identifier: GPL-2.0

//! Records of `/proc/vhqos`: `KEY=VALUE` separated by blanks, one record a line.

/// Fields that go to the end of the line: what others wrote, with blanks in it.
const LAST: [&str; 2] = ["comm", "why"];

/// One record, its fields in their order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Record<'a> {
    /// Reads a line; words without `=` are left out.
    pub(crate) fn parse(line: &'a str) -> Self {
        let mut fields = Vec::new();
        let mut rest = line;
        while !rest.is_empty() {
            let (word, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            let field = word.split_once('=');
            let is_last = field.is_some_and(|(key, _)| LAST.contains(&key));
            fields.extend(if is_last { rest.split_once('=') } else { field });
            rest = if is_last { "" } else { behind };
        }
        Self(fields)
    }

    #[cfg(test)]
    pub(crate) fn of(fields: &[(&'a str, &'a str)]) -> Self {
        Self(fields.to_vec())
    }

    /// The value of the first field of this name.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        let mut fields = self.0.iter();
        fields
            .find(|(found, _)| *found == key)
            .map(|(_, value)| *value)
    }

    /// All fields.
    pub(crate) fn fields(&self) -> &[(&'a str, &'a str)] {
        &self.0
    }
}
