// SPDX-License-Identifier: GPL-2.0

//! What the terminal can show: colours, and characters that are not ASCII.

use crate::tool::style;
use ratatui::style::{Color, Modifier, Style};
use ratatui::symbols::bar;
use std::env;

/// Colours and characters.
#[derive(Debug, Clone, Copy)]
pub(in crate::tool) struct Look {
    colours: bool,
    blocks: bool,
}

impl Look {
    /// With colours or without, and with block characters or ASCII alone.
    pub(in crate::tool) const fn new(colours: bool, blocks: bool) -> Self {
        Self { colours, blocks }
    }

    /// As the environment says: what `style` heeds, and the locale's character set (locale(7)). The Linux console has few of the
    /// characters.
    pub(super) fn of_environment() -> Self {
        let set = |key| env::var(key).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        let locale = locale.unwrap_or_default().to_ascii_lowercase();
        let is_utf8 = locale.contains("utf-8") || locale.contains("utf8");
        let is_console = set("TERM").is_some_and(|term| term == "linux");
        Self::new(style::has_colours(), is_utf8 && !is_console)
    }

    fn colour(self, colour: Color) -> Style {
        match self.colours {
            true => Style::new().fg(colour),
            false => Style::new(),
        }
    }

    /// What was guaranteed, and well.
    pub(super) fn good(self) -> Style {
        self.colour(Color::Green)
    }

    /// What is used beyond a guarantee, and to be noticed.
    pub(super) fn notable(self) -> Style {
        self.colour(Color::Yellow)
    }

    /// What is wrong.
    pub(super) fn bad(self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// The names of columns and of the host that is chosen.
    pub(super) fn reversed(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What is important.
    pub(super) fn bold(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What stands for what was cut off.
    pub(super) fn cut(self) -> char {
        if self.blocks {
            '…'
        } else {
            '~'
        }
    }

    /// The mark of a guarantee.
    pub(super) fn guaranteed(self) -> char {
        if self.blocks {
            '│'
        } else {
            '|'
        }
    }

    /// The mark of a cap.
    pub(super) fn cap(self) -> char {
        ']'
    }

    /// A part of a cell of a bar, in eighths.
    pub(super) fn eighths(self, eighths: usize) -> char {
        const BLOCKS: [char; 9] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
        match self.blocks {
            true => BLOCKS[eighths.min(8)],
            false if eighths >= 4 => '#',
            false => ' ',
        }
    }

    /// The levels of a curve, from nothing to all of it.
    pub(super) fn levels(self) -> bar::Set {
        match self.blocks {
            true => bar::NINE_LEVELS,
            false => bar::Set {
                empty: " ",
                one_eighth: ".",
                one_quarter: ".",
                three_eighths: ":",
                half: "-",
                five_eighths: "=",
                three_quarters: "+",
                seven_eighths: "*",
                full: "#",
            },
        }
    }

    /// One level of a curve, in eighths.
    pub(super) fn level(self, eighths: usize) -> &'static str {
        let set = self.levels();
        let all = [
            set.empty,
            set.one_eighth,
            set.one_quarter,
            set.three_eighths,
            set.half,
            set.five_eighths,
            set.three_quarters,
            set.seven_eighths,
            set.full,
        ];
        all[eighths.min(8)]
    }
}
