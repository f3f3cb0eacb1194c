//! As much of JSON as a message needs: one object whose values are strings.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;

/// A string with its quotes, and no escape that is not needed.
pub fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            '\u{8}' => json.push_str("\\b"),
            '\u{c}' => json.push_str("\\f"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\0'..='\u{1f}' => json.push_str(&format!("\\u{:04x}", c as u32)),
            _ => json.push(c),
        }
    }
    json.push('"');
    json
}

/// The strings of an object by their keys; None for anything else.
pub fn strings(json: &str) -> Option<HashMap<String, String>> {
    let mut at = json.chars().peekable();
    let mut found = HashMap::new();
    take(&mut at, '{')?;
    loop {
        let key = string(&mut at)?;
        take(&mut at, ':')?;
        found.insert(key, string(&mut at)?);
        if take(&mut at, ',').is_none() {
            break;
        }
    }
    take(&mut at, '}')?;
    skip_space(&mut at);
    at.next().is_none().then_some(found)
}

fn skip_space(at: &mut Peekable<Chars>) {
    while at.next_if(|c| matches!(c, ' ' | '\t' | '\n' | '\r')).is_some() {}
}

fn take(at: &mut Peekable<Chars>, token: char) -> Option<char> {
    skip_space(at);
    at.next_if_eq(&token)
}

fn string(at: &mut Peekable<Chars>) -> Option<String> {
    take(at, '"')?;
    let mut text = String::new();
    loop {
        match at.next()? {
            '"' => return Some(text),
            '\\' => text.push(escaped(at)?),
            '\0'..='\u{1f}' => return None,
            c => text.push(c),
        }
    }
}

fn escaped(at: &mut Peekable<Chars>) -> Option<char> {
    match at.next()? {
        c @ ('"' | '\\' | '/') => Some(c),
        'b' => Some('\u{8}'),
        'f' => Some('\u{c}'),
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'u' => {
            let first = unit(at)?;
            if !(0xD800..0xDC00).contains(&first) {
                return char::from_u32(first.into()); // None for the second half of a pair
            }
            at.next_if_eq(&'\\')?;
            at.next_if_eq(&'u')?;
            char::decode_utf16([first, unit(at)?]).next()?.ok()
        }
        _ => None,
    }
}

fn unit(at: &mut Peekable<Chars>) -> Option<u16> {
    let digits: String = at.take(4).collect();
    let whole = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    whole.then(|| u16::from_str_radix(&digits, 16).ok()).flatten()
}
