//! A Rust file split into what is code, what is comment and what is neither, line by line.
//!
//! The rules look for words in code or in comments, and a word inside a string literal is neither: so strings and
//! characters are blanked. This is a scanner of tokens, not a parser; it never fails, whatever the text.

#[cfg(test)]
mod tests;

/// The code and the comments of a file; both have as many lines as the file.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Each line without its comments, with the contents of its literals replaced by spaces.
    pub(crate) code: Vec<String>,
    /// Each line's comments without anything else.
    pub(crate) comments: Vec<String>,
}

impl Source {
    /// Splits the text of a Rust file.
    pub(crate) fn parse(text: &str) -> Self {
        let mut scanner = Scanner { rest: text.chars().collect(), at: 0, code: String::new(), comments: String::new() };
        while scanner.at < scanner.rest.len() {
            scanner.step();
        }
        let lines = |text: &str| text.split('\n').map(str::to_owned).collect();
        Self { code: lines(&scanner.code), comments: lines(&scanner.comments) }
    }
}

/// The place where the scan stands, and what it has found so far.
struct Scanner {
    /// The whole text.
    rest: Vec<char>,
    /// The index of the next character.
    at: usize,
    /// The code so far.
    code: String,
    /// The comments so far.
    comments: String,
}

impl Scanner {
    /// Takes the next token or character.
    fn step(&mut self) {
        let raw_hashes = self.raw_string_hashes();
        if self.looking_at("//") {
            self.line_comment();
        } else if self.looking_at("/*") {
            self.block_comment();
        } else if let Some(hashes) = raw_hashes {
            self.raw_string(hashes);
        } else if self.looking_at("\"") {
            self.quoted('"');
        } else if self.looking_at("'") && self.is_character_literal() {
            self.quoted('\'');
        } else {
            let next = self.rest[self.at];
            self.take_code(next);
        }
    }

    /// Tells whether the rest of the text starts with the token.
    fn looking_at(&self, token: &str) -> bool {
        token.chars().enumerate().all(|(offset, expected)| self.peek(offset) == Some(expected))
    }

    /// Reads a character ahead.
    fn peek(&self, offset: usize) -> Option<char> {
        self.rest.get(self.at + offset).copied()
    }

    /// Takes a character of code; it may be written in another form, such as a space.
    fn take_code(&mut self, shown: char) {
        let is_line_end = self.rest[self.at] == '\n';
        self.code.push(if is_line_end { '\n' } else { shown });
        if is_line_end {
            self.comments.push('\n');
        }
        self.at += 1;
    }

    /// Takes a character of a comment.
    fn take_comment(&mut self) {
        let next = self.rest[self.at];
        self.comments.push(next);
        if next == '\n' {
            self.code.push('\n');
        }
        self.at += 1;
    }

    /// Takes a comment up to the end of its line.
    fn line_comment(&mut self) {
        while self.peek(0).is_some_and(|next| next != '\n') {
            self.take_comment();
        }
    }

    /// Takes a block comment with the comments nested in it.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.rest.len() {
            if self.looking_at("/*") {
                depth += 1;
                self.take_comment();
            } else if self.looking_at("*/") {
                depth -= 1;
                self.take_comment();
            }
            if self.at < self.rest.len() {
                self.take_comment();
            }
            if depth == 0 {
                break;
            }
        }
    }

    /// Takes a string or a character literal and blanks its contents.
    fn quoted(&mut self, quote: char) {
        self.take_code(quote);
        while let Some(next) = self.peek(0) {
            if next == quote {
                self.take_code(quote);
                return;
            }
            self.take_code(' ');
            if next == '\\' && self.at < self.rest.len() {
                self.take_code(' ');
            }
        }
    }

    /// Counts the hashes of a raw string that starts here, if one does.
    fn raw_string_hashes(&self) -> Option<usize> {
        let before = self.at.checked_sub(1).and_then(|before| self.rest.get(before));
        let follows_a_name = before.is_some_and(|before| before.is_alphanumeric() || *before == '_');
        // In `br"…"` the `r` follows a `b`, which is no name.
        let follows_a_prefix = before.is_some_and(|before| matches!(before, 'b' | 'c'))
            && !self.at.checked_sub(2).and_then(|index| self.rest.get(index)).is_some_and(|c| c.is_alphanumeric());
        if self.peek(0) != Some('r') || (follows_a_name && !follows_a_prefix) {
            return None;
        }
        let hashes = self.rest.iter().skip(self.at + 1).take_while(|next| **next == '#').count();
        (self.peek(1 + hashes) == Some('"')).then_some(hashes)
    }

    /// Takes a raw string and blanks its contents.
    fn raw_string(&mut self, hashes: usize) {
        let end = format!("\"{}", "#".repeat(hashes));
        for _ in 0..hashes + 2 {
            self.take_code('"');
        }
        while self.at < self.rest.len() && !self.looking_at(&end) {
            self.take_code(' ');
        }
        for _ in 0..(hashes + 1).min(self.rest.len() - self.at) {
            self.take_code('"');
        }
    }

    /// Tells a character literal from a lifetime.
    fn is_character_literal(&self) -> bool {
        self.peek(1) == Some('\\') || self.peek(2) == Some('\'')
    }
}
