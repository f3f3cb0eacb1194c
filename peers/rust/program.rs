//! The program: the line protocol over the same mapping and records that the library exports.

mod session;
mod wire;

use std::io::{self, BufWriter, Write};
use std::process;

use peer::mapping::{Failure, Kind};
use session::End;

fn main() -> io::Result<()> {
    peer::prepare_program();
    let output = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut lines = wire::Lines::new(io::stdin().lock(), output);
    let mut session = session::Session::default();
    while let Some(line) = lines.next()? {
        let answer = answered(&mut session, line);
        match session.end {
            Some(End::Leave) => {
                lines.output.flush()?;
                process::exit(0); // without what a drop would close
            }
            Some(End::Abort) => {
                lines.output.flush()?;
                process::abort();
            }
            _ => lines.output.write_all(answer.as_bytes())?,
        }
        if session.end.is_some() {
            break;
        }
    }
    lines.output.flush()
}

/// The answer to a line, with its end.
fn answered(session: &mut session::Session, line: Result<&str, &str>) -> String {
    let words: Vec<&str> = line.unwrap_or_else(|rest| rest).split(' ').collect();
    let sequence = wire::number(words[0]).ok().filter(|_| !words[0].starts_with('-'));
    let result: Result<String, Failure> = match (line, sequence) {
        (Ok(_), Some(_)) if words.len() > 1 => session.run(words[1], &words[2..]),
        _ => Err(Failure::from(Kind::Invalid)),
    };
    let mut answer = format!("{{\"seq\":{},", sequence.map_or("null".to_string(), |number| number.to_string()));
    match result {
        Ok(members) => {
            answer.push_str("\"ok\":{");
            answer.push_str(&members);
            answer.push('}');
        }
        Err(failure) => wire::put_error(&mut answer, failure),
    }
    answer.push_str("}\n");
    answer
}
