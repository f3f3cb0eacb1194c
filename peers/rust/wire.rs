//! The line protocol's letters: lines, numbers, hex and percent-encoded names in, JSON out.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};

use peer::mapping::{Failure, Kind};

pub const LINE_LIMIT: usize = 1 << 20;

pub struct Lines<R, W: Write> {
    input: BufReader<R>,
    pub output: W,
    line: Vec<u8>,
}

impl<R: Read, W: Write> Lines<R, W> {
    pub fn new(input: R, output: W) -> Self {
        Lines { input: BufReader::with_capacity(1 << 16, input), output, line: Vec::new() }
    }

    /// The next line without its end, None at the end of the input. What is too long or not ASCII is no request: Some(Err)
    /// has as much of it as was kept. The answers so far are sent before it waits.
    pub fn next(&mut self) -> io::Result<Option<Result<&str, &str>>> {
        self.line.clear();
        let mut clean = true;
        loop {
            if self.input.buffer().is_empty() {
                self.output.flush()?;
            }
            let came = self.input.fill_buf()?;
            if came.is_empty() && self.line.is_empty() {
                return Ok(None);
            }
            let end = came.iter().position(|byte| *byte == b'\n');
            let part = &came[..end.unwrap_or(came.len())];
            let used = end.map_or(came.len(), |end| end + 1);
            let keep = part.len().min(LINE_LIMIT - self.line.len());
            clean &= keep == part.len() && part.iter().all(|byte| (1..127).contains(byte));
            self.line.extend(part[..keep].iter().filter(|byte| (1..127).contains(*byte)));
            self.input.consume(used);
            if end.is_some() || used == 0 {
                break;
            }
        }
        if self.line.last() == Some(&b'\r') {
            self.line.pop();
        }
        let line = std::str::from_utf8(&self.line).unwrap_or_default();
        Ok(Some(if clean { Ok(line) } else { Err(line) }))
    }
}

/// A decimal number; a minus is let through, for its user to refuse.
pub fn number(word: &str) -> Result<i64, Failure> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    match word.parse() {
        Ok(number) if digits.bytes().all(|digit| digit.is_ascii_digit()) => Ok(number),
        _ => Err(Kind::Invalid.into()),
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

pub fn bytes(word: &str) -> Result<Vec<u8>, Failure> {
    let pair = |pair: &[u8]| match pair {
        &[high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    word.as_bytes().chunks(2).map(pair).collect::<Option<Vec<u8>>>().ok_or_else(|| Kind::Invalid.into())
}

/// Exactly so many bytes of big-endian hex.
pub fn bits(word: &str, width: usize) -> Result<u64, Failure> {
    if word.len() != 2 * width {
        return Err(Kind::Invalid.into());
    }
    Ok(bytes(word)?.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte)))
}

/// A percent-encoded name.
pub fn name(word: &str) -> Result<Vec<u8>, Failure> {
    let mut name = Vec::with_capacity(word.len());
    let mut parts = word.split('%');
    name.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
    for part in parts {
        let (code, rest) = (part.get(..2).ok_or(Kind::Invalid)?, &part[2..]);
        name.extend(bytes(code)?);
        name.extend_from_slice(rest.as_bytes());
    }
    Ok(name)
}

pub fn put_hex(answer: &mut String, bytes: &[u8]) {
    for byte in bytes {
        let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('?');
        answer.push(digit(byte >> 4));
        answer.push(digit(byte & 15));
    }
}

pub fn put_error(answer: &mut String, failure: Failure) {
    let (kind, message) = match failure.kind {
        Kind::Exists => ("exists", "a segment of this name is alive"),
        Kind::NotFound => ("not_found", "nobody holds a segment of this name"),
        Kind::Access => ("access", "what it was opened for, or who owns it, does not allow this"),
        Kind::InvalidName => ("invalid_name", "this cannot name a segment"),
        Kind::InvalidSize => ("invalid_size", "this cannot be the size of a segment"),
        Kind::NoSpace => ("no_space", "there is not that much memory"),
        Kind::Range => ("range", "this lies outside the map or the view"),
        Kind::Closed => ("closed", "no map or view is open under this number"),
        Kind::Unsupported => ("unsupported", "this peer does not know or cannot do this"),
        Kind::Timeout => ("timeout", "nothing happened in time"),
        Kind::Invalid => ("invalid", "the request, or the message in memory, is malformed"),
        Kind::Failed => ("failed", "the system refused"),
    };
    let code = failure.code;
    let native = if code == 0 { String::new() } else { format!("error {code}") };
    let _ = write!(answer, r#""error":{{"kind":"{kind}","code":{code},"native":"{native}","message":"{message}"}}"#);
}
