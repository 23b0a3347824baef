//! An HTTP server for one file that misbehaves on demand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// How one request is answered. `Good` and `Cut` honour Range and If-Range, as the comment on each of the others says.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The file, or the rest that was asked for.
    Good,
    /// As `Good`, but the connection closes after so many bytes of the body.
    Cut(usize),
    /// As `Good`, but nothing more comes after so many bytes of the body, until the client leaves.
    Stall(usize),
    /// The connection is accepted, then nothing comes, not even a head.
    Silence,
    /// The whole file, whatever was asked for.
    IgnoreRange,
    /// The whole file, whatever was asked for, closed after so many bytes.
    IgnoreRangeAndCut(usize),
    /// As `Good`, but with one bit of the body's last byte flipped.
    WrongByte,
    /// Another version of the file under another ETag, closed after so many bytes.
    OtherVersion(usize),
    /// As `OtherVersion`, without anything that tells the versions apart.
    OtherVersionUnmarked(usize),
    /// 206 with the first half, whatever was asked for.
    WrongPart,
    /// The file and as much again, without a Content-Length.
    TooMuch,
    /// A Content-Length that is off by so much.
    WrongLength(i64),
    /// This status and no file.
    Status(u16),
}

/// What a client asked for.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub range: Option<String>,
    pub if_range: Option<String>,
}

/// A server on a free port of this machine, until the test's process ends.
pub struct Server {
    pub address: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

const TAG: &str = "\"version-1\"";

impl Server {
    /// Serves `content` under every path; the n-th request gets the n-th answer, the last answer stays.
    pub fn start(content: &[u8], answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (content, answers, requests) = (content.to_vec(), answers.to_vec(), seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (content, answers, requests) = (content.clone(), answers.clone(), requests.clone());
                std::thread::spawn(move || serve(stream, &content, &answers, &requests));
            }
        });
        Self { address, seen }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut stream: TcpStream, content: &[u8], answers: &[Answer], seen: &Mutex<Vec<Request>>) {
    let Some(request) = read_request(&stream) else { return };
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    // A client that leaves early is part of the game.
    let _ = answer(&mut stream, &request, content, &answers[number.min(answers.len() - 1)]);
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_string();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        let fields = headers.iter().filter_map(|line| line.split_once(':'));
        fields.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_string()).next()
    };
    Some(Request { path, range: header("range"), if_range: header("if-range") })
}

fn answer(stream: &mut TcpStream, request: &Request, content: &[u8], answer: &Answer) -> std::io::Result<()> {
    let length = content.len();
    let other: Vec<u8> = content.iter().map(|byte| !byte).collect();
    match answer {
        Answer::Good => send(stream, request, content, length),
        Answer::Cut(after) => send(stream, request, content, *after),
        Answer::Stall(after) => {
            send(stream, request, content, *after)?;
            until_the_client_leaves(stream)
        }
        Answer::Silence => until_the_client_leaves(stream),
        Answer::IgnoreRange => send_whole(stream, content, length, Some(TAG)),
        Answer::IgnoreRangeAndCut(after) => send_whole(stream, content, *after, Some(TAG)),
        Answer::WrongByte => {
            let mut wrong = content.to_vec();
            wrong[length - 1] ^= 1;
            send(stream, request, &wrong, length)
        }
        Answer::OtherVersion(after) => send_whole(stream, &other, *after, Some("\"version-0\"")),
        Answer::OtherVersionUnmarked(after) => send_whole(stream, &other, *after, None),
        Answer::WrongPart => {
            let half = length / 2;
            let head = format!("Content-Range: bytes 0-{}/{length}\r\nContent-Length: {half}\r\n", half - 1);
            head_and_body(stream, "206 Partial Content", &head, &content[..half])
        }
        Answer::TooMuch => head_and_body(stream, "200 OK", "", &[content, content].concat()),
        Answer::WrongLength(by) => {
            let head = format!("Content-Length: {}\r\n", length as i64 + by);
            head_and_body(stream, "200 OK", &head, content)
        }
        Answer::Status(status) => head_and_body(stream, &format!("{status} No"), "Content-Length: 2\r\n", b"no"),
    }
}

/// Answers as a correct server does, but closes after `after` bytes of the body.
fn send(stream: &mut TcpStream, request: &Request, content: &[u8], after: usize) -> std::io::Result<()> {
    let current = request.if_range.as_deref().is_none_or(|tag| tag == TAG);
    let offset = request
        .range
        .as_deref()
        .filter(|_| current)
        .and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let Some(offset) = offset else { return send_whole(stream, content, after, Some(TAG)) };
    let (last, length) = (content.len() - 1, content.len());
    let head = format!(
        "Content-Range: bytes {offset}-{last}/{length}\r\nContent-Length: {}\r\nETag: {TAG}\r\n",
        length - offset
    );
    let rest = &content[offset..];
    head_and_body(stream, "206 Partial Content", &head, &rest[..after.min(rest.len())])
}

fn send_whole(stream: &mut TcpStream, content: &[u8], after: usize, tag: Option<&str>) -> std::io::Result<()> {
    let tag = tag.map(|tag| format!("ETag: {tag}\r\n")).unwrap_or_default();
    let head = format!("Content-Length: {}\r\n{tag}", content.len());
    head_and_body(stream, "200 OK", &head, &content[..after.min(content.len())])
}

fn head_and_body(stream: &mut TcpStream, status: &str, head: &str, body: &[u8]) -> std::io::Result<()> {
    stream.write_all(format!("HTTP/1.1 {status}\r\nConnection: close\r\n{head}\r\n").as_bytes())?;
    stream.write_all(body)?;
    stream.flush()
}

fn until_the_client_leaves(stream: &mut TcpStream) -> std::io::Result<()> {
    while stream.read(&mut [0; 64])? > 0 {}
    Ok(())
}
