// SPDX-License-Identifier: GPL-2.0

//! Words, and what stands behind them.

use std::iter::Peekable;
use std::str::Chars;

/// What comes next in a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// `WORD...;`
    Simple(Vec<String>),
    /// `WORD... {`
    Open(Vec<String>),
    /// `}`
    Close,
}

/// A file, token by token.
pub(crate) struct Tokens<'a> {
    rest: Peekable<Chars<'a>>,
    /// The line that is read.
    at: usize,
    /// The one where the last token begins.
    line: usize,
}

impl<'a> Tokens<'a> {
    /// All of a text.
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            rest: text.chars().peekable(),
            at: 1,
            line: 1,
        }
    }

    /// The line at which the last token begins.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    /// The next token; `None` at the end.
    ///
    /// Errors: what nginx would not take, either. [`Tokens::line`] says where.
    pub(crate) fn next(&mut self) -> Result<Option<Token>, &'static str> {
        let mut words: Vec<String> = Vec::new();
        loop {
            self.skip();
            if words.is_empty() {
                self.line = self.at;
            }
            match (self.rest.peek(), words.is_empty()) {
                (None, true) => return Ok(None),
                (None, false) => return Err("the file ends where `;` or `{` is expected"),
                (Some(';' | '{'), true) => return Err("`;` or `{` without words before it"),
                (Some('}'), false) => return Err("`}` where `;` is expected"),
                _ => {}
            }
            match self.rest.peek() {
                Some(';') => return self.done(Token::Simple(words)),
                Some('{') => return self.done(Token::Open(words)),
                Some('}') => return self.done(Token::Close),
                Some('"' | '\'') => words.push(self.quoted()?),
                _ => words.push(self.word()),
            }
        }
    }

    /// Passes over a block of another language (Lua), of which only braces are understood; it was opened.
    pub(crate) fn skip_block(&mut self) {
        let mut depth = 1usize;
        while let Some(one) = self.take() {
            match one {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn done(&mut self, token: Token) -> Result<Option<Token>, &'static str> {
        self.take();
        Ok(Some(token))
    }

    fn take(&mut self) -> Option<char> {
        let one = self.rest.next()?;
        self.at += usize::from(one == '\n');
        Some(one)
    }

    /// Passes over blanks and comments.
    fn skip(&mut self) {
        let mut is_comment = false;
        while let Some(one) = self.rest.peek() {
            match one {
                '\n' => is_comment = false,
                _ if is_comment || is_blank(*one) => {}
                '#' => is_comment = true,
                _ => return,
            }
            self.take();
        }
    }

    /// A word in quotes.
    fn quoted(&mut self) -> Result<String, &'static str> {
        let quote = self.take();
        let mut word = String::new();
        while let Some(one) = self.take() {
            if Some(one) == quote {
                return match self.rest.peek() {
                    Some(next) if !is_blank(*next) && !matches!(next, ';' | '{' | ')') => {
                        Err("a blank, `;` or `{` is expected behind a quote")
                    }
                    _ => Ok(word),
                };
            }
            self.push(one, &mut word);
        }
        Err("a quote is not closed")
    }

    /// A word without quotes; `${` does not end it.
    fn word(&mut self) -> String {
        let mut word = String::new();
        let mut is_variable = false;
        while let Some(next) = self.rest.peek() {
            let is_end = is_blank(*next) || matches!(next, ';' | '{');
            if is_end && !(*next == '{' && is_variable) {
                break;
            }
            is_variable = *next == '$';
            if let Some(one) = self.take() {
                self.push(one, &mut word);
            }
        }
        word
    }

    /// Takes a character of a word, and the one behind a backslash.
    fn push(&mut self, one: char, word: &mut String) {
        if one != '\\' {
            return word.push(one);
        }
        match self.take() {
            Some(quoted @ ('"' | '\'' | '\\')) => word.push(quoted),
            Some('t') => word.push('\t'),
            Some('r') => word.push('\r'),
            Some('n') => word.push('\n'),
            Some(other) => word.extend(['\\', other]),
            None => word.push('\\'),
        }
    }
}

fn is_blank(one: char) -> bool {
    matches!(one, ' ' | '\t' | '\r' | '\n')
}
