//! The histograms of a run as an HdrHistogram log, which that project's own tools read.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriter, IntervalLogWriterBuilder, Tag};

use super::hdr::as_hdr;
use super::{LaneTape, Run};
use crate::record::Histogram;

/// Writes acquire waits, holds and response times of every lane, in nanoseconds at the clock of the run. Each has a tag:
/// act, pool library, session scope and what it is. Times that were cut off are lower bounds, and have a tag of their
/// own.
///
/// # Errors
/// When the writer fails.
pub fn write_hlog(run: &Run, out: &mut impl Write) -> io::Result<()> {
    let mut serializer = V2DeflateSerializer::new();
    let mut builder = IntervalLogWriterBuilder::new();
    builder.add_comment("poolbench: nanoseconds at the clock of the run; a tag is act.pool.scope.what");
    builder.with_start_time(humantime::parse_rfc3339(&run.created).unwrap_or(SystemTime::UNIX_EPOCH));
    // The log tells the greatest of each in milliseconds.
    builder.with_max_value_divisor(1e6);
    let mut log = builder.begin_log_with(out, &mut serializer)?;
    for (act, lanes) in [("side-by-side", &run.side_by_side), ("capacity", &run.capacity)] {
        for lane in lanes {
            for (what, times) in of_lane(lane) {
                write_one(&mut log, (act, lane, what), times)?;
            }
        }
    }
    Ok(())
}

fn of_lane(lane: &LaneTape) -> [(&'static str, &Histogram); 6] {
    let cohort = &lane.tape.measured;
    [
        ("acquire-wait", &cohort.acquire_wait.seen),
        ("acquire-wait-cut-off", &cohort.acquire_wait.censored),
        ("hold", &cohort.hold.seen),
        ("hold-cut-off", &cohort.hold.censored),
        ("response", &cohort.response.seen),
        ("response-cut-off", &cohort.response.censored),
    ]
}

fn write_one<W: Write>(
    log: &mut IntervalLogWriter<'_, '_, W, V2DeflateSerializer>,
    (act, lane, what): (&str, &LaneTape, &str),
    times: &Histogram,
) -> io::Result<()> {
    let Some(hdr) = as_hdr(times) else { return Ok(()) };
    let span = lane.tape.window.to.saturating_sub(lane.tape.window.from);
    let tag = tag(&format!("{act}.{}.{}.{what}", lane.pool, lane.scope));
    log.write_histogram(
        &hdr,
        Duration::from_nanos(lane.tape.window.from),
        Duration::from_nanos(span),
        Tag::new(&tag),
    )
    .map_err(|fault| io::Error::other(format!("{fault:?}")))
}

/// A name that a log can hold: no comma, no white space, and no sign that a terminal obeys.
fn tag(name: &str) -> String {
    let fits = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    name.chars().take(200).map(|sign| if fits(sign) { sign } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::*;

    #[test]
    fn the_tools_of_hdr_histogram_read_what_was_written() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/record-v1.json");
        let mut run = crate::archive::load(path.as_ref()).unwrap();
        run.side_by_side[1].pool = "a,b \n\u{1b}[31m".to_owned();
        let mut text = Vec::new();
        write_hlog(&run, &mut text).unwrap();
        let mut found = Vec::new();
        for entry in IntervalLogIterator::new(&text) {
            let LogEntry::Interval(interval) = entry.unwrap() else { continue };
            let bytes = base64::Engine::decode(
                &base64::engine::general_purpose::STANDARD,
                interval.encoded_histogram(),
            );
            let hdr: hdrhistogram::Histogram<u64> =
                Deserializer::new().deserialize(&mut bytes.unwrap().as_slice()).unwrap();
            found.push((interval.tag().unwrap().as_str().to_owned(), hdr.len()));
        }
        let lane = &run.side_by_side[0];
        let count = |what: &str| {
            let name = format!("side-by-side.{}.{}.{what}", lane.pool, lane.scope);
            found.iter().find(|(tag, _)| *tag == name).map(|(_, count)| *count)
        };
        assert_eq!(count("hold"), Some(lane.tape.measured.hold.seen.count()));
        assert_eq!(count("acquire-wait-cut-off"), Some(lane.tape.measured.acquire_wait.censored.count()));
        assert!(found.iter().any(|(tag, _)| tag.starts_with("side-by-side.a-b---")), "{found:?}");
    }
}
