//! Histograms in the standard HDR V2 encoding, deflated, in base64: what `.hlog` files hold.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

use super::wire::{DurationsRecord, HistogramRecord};
use crate::record::{Durations, Histogram};

/// A stored histogram that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a histogram in the record cannot be read ({0}); the file is damaged")]
pub(super) struct HdrError(String);

impl HdrError {
    /// What is wrong with it, without what it is.
    pub(super) fn reason(&self) -> &str {
        &self.0
    }
}

const DIGITS: u8 = 3;

impl From<&Histogram> for HistogramRecord {
    fn from(histogram: &Histogram) -> Self {
        Self {
            count: histogram.count(),
            sum_ns: u64::try_from(histogram.sum()).unwrap_or(u64::MAX),
            least_ns: histogram.least(),
            greatest_ns: histogram.greatest(),
            hdr: encode(histogram),
        }
    }
}

impl From<&Durations> for DurationsRecord {
    fn from(durations: &Durations) -> Self {
        Self { seen: (&durations.seen).into(), censored: (&durations.censored).into() }
    }
}

/// The most that an HDR histogram can hold.
const GREATEST: u64 = u64::MAX >> 1;

/// The histogram as that of the standard library for them; nothing of an empty one.
#[expect(clippy::expect_used, reason = "the bounds are constants and the values are clamped to them")]
pub(super) fn as_hdr(histogram: &Histogram) -> Option<hdrhistogram::Histogram<u64>> {
    if histogram.count() == 0 {
        return None;
    }
    // The range follows the data, so there is no ceiling that a long hold could hit.
    let top = histogram.greatest().clamp(2, GREATEST);
    let mut hdr = hdrhistogram::Histogram::<u64>::new_with_bounds(1, top, DIGITS).expect("sound bounds");
    for (value, count) in histogram.values() {
        hdr.saturating_record_n(value.min(top), count);
    }
    Some(hdr)
}

#[expect(clippy::expect_used, reason = "writing to memory")]
fn encode(histogram: &Histogram) -> String {
    let Some(hdr) = as_hdr(histogram) else { return String::new() };
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(&hdr, &mut bytes).expect("writing to memory");
    STANDARD.encode(bytes)
}

impl HistogramRecord {
    /// The histogram, as the analysis uses it.
    ///
    /// # Errors
    /// When the text is no HDR histogram of a sane size, or its exact figures are of other times.
    pub(super) fn histogram(&self) -> Result<Histogram, HdrError> {
        let histogram = self.decoded()?;
        self.check(&histogram)?;
        let (sum, least, greatest) = (u128::from(self.sum_ns), self.least_ns, self.greatest_ns);
        Ok(Histogram::restored(histogram.values(), sum, least, greatest))
    }

    fn decoded(&self) -> Result<Histogram, HdrError> {
        if self.hdr.is_empty() {
            return Ok(Histogram::new());
        }
        let bytes = inflated(&self.hdr)?;
        let hdr: hdrhistogram::Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|fault| HdrError(fault.to_string()))?;
        let mut histogram = Histogram::new();
        for step in hdr.iter_recorded() {
            if step.count_at_value() > MOST_COUNTED {
                return Err(HdrError("it counts more than can have happened".to_owned()));
            }
            histogram.note_n(hdr.median_equivalent(step.value_iterated_to()), step.count_at_value());
        }
        Ok(histogram)
    }

    fn agrees_with(&self, histogram: &Histogram) -> Result<(), HdrError> {
        ensure(self.count == histogram.count(), "its count is not that of its hdr")?;
        ensure(self.least_ns <= self.greatest_ns, "its least_ns exceeds its greatest_ns")
    }

    /// Whether the exact figures are those of the histogram.
    fn check(&self, rounded: &Histogram) -> Result<(), HdrError> {
        self.agrees_with(rounded)?;
        let Self { count, sum_ns, least_ns, greatest_ns, .. } = *self;
        let (all, sum) = (u128::from(count), u128::from(sum_ns));
        // A sum that does not fit is stored as the greatest that does.
        let within =
            sum <= all * u128::from(greatest_ns) && (sum >= all * u128::from(least_ns) || sum_ns == u64::MAX);
        ensure(within, "its sum_ns is not between count × least_ns and count × greatest_ns")?;
        // Three digits, less what both roundings take, on either side.
        let close = |exact: u64, rounded: u64| exact.abs_diff(rounded) <= exact / 50 + 2;
        let close = close(least_ns, rounded.least()) && close(greatest_ns, rounded.greatest());
        ensure(close, "its least_ns or greatest_ns is not that of its hdr")
    }
}

fn ensure(sound: bool, says: &str) -> Result<(), HdrError> {
    if sound { Ok(()) } else { Err(HdrError(says.to_owned())) }
}

/// More than a thousand machines count in a year; sums of some millions of such counts fit 64 bits.
pub(super) const MOST_COUNTED: u64 = 1_000_000_000_000;

/// Bytes of a histogram of three digits over all of 64 bits, and room to spare.
const MOST_BYTES: usize = 1 << 20;

/// Big-endian numbers of the V2 encoding: where they stand, and what we write there. A reader that
/// trusted them would reserve whatever memory they ask for.
const V2: u32 = 0x1c84_9313;
const V2_DEFLATED: u32 = 0x1c84_9314;
const V2_HEADER: usize = 40;
/// The upper half of the highest value: some 70 years.
const HIGHEST: u32 = 1 << 29;

/// The V2 encoding of a histogram without its compression, its header checked.
fn inflated(text: &str) -> Result<Vec<u8>, HdrError> {
    let damaged = |what: &str| HdrError(what.to_owned());
    if text.len() > 2 * MOST_BYTES {
        return Err(damaged("it is too large"));
    }
    let bytes = STANDARD.decode(text).map_err(|fault| HdrError(fault.to_string()))?;
    let (head, deflated) = bytes.split_at_checked(8).ok_or_else(|| damaged("it is cut short"))?;
    if number(head, 0) != Some(V2_DEFLATED) {
        return Err(damaged("it is no deflated HDR histogram of version 2"));
    }
    let mut inflated = Vec::new();
    ZlibDecoder::new(deflated)
        .take(MOST_BYTES as u64 + 1)
        .read_to_end(&mut inflated)
        .map_err(|fault| HdrError(fault.to_string()))?;
    if inflated.len() > MOST_BYTES {
        return Err(damaged("it inflates to too much"));
    }
    let payload = inflated.len().checked_sub(V2_HEADER).and_then(|length| u32::try_from(length).ok());
    if payload.is_none() || number(&inflated, 4) != payload {
        return Err(damaged("it is cut short"));
    }
    if number(&inflated, 24).is_none_or(|high| high > HIGHEST) {
        return Err(damaged("it reaches further than any time"));
    }
    // Version, three digits, and values from 1 up.
    let header = [number(&inflated, 0), number(&inflated, 12), number(&inflated, 16), number(&inflated, 20)];
    if header != [Some(V2), Some(DIGITS.into()), Some(0), Some(1)] {
        return Err(damaged("it is no HDR histogram of three digits from 1 up"));
    }
    Ok(inflated)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sound() -> HistogramRecord {
        let mut histogram = Histogram::new();
        [5, 1_000, 77_000_000].iter().for_each(|nanos| histogram.note(*nanos));
        HistogramRecord::from(&histogram)
    }

    fn refused(alter: impl FnOnce(&mut HistogramRecord)) -> String {
        let mut stored = sound();
        alter(&mut stored);
        stored.histogram().unwrap_err().to_string()
    }

    /// A deflated histogram of these bytes.
    fn deflated(bytes: &[u8]) -> String {
        let mut packed = V2_DEFLATED.to_be_bytes().to_vec();
        let mut body = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut body, bytes).unwrap();
        let body = body.finish().unwrap();
        packed.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        packed.extend(body);
        STANDARD.encode(packed)
    }

    #[test]
    fn figures_that_contradict_each_other_are_refused() {
        assert!(refused(|it| it.least_ns = it.greatest_ns + 1).contains("least_ns exceeds"));
        assert!(refused(|it| it.count += 1).contains("count"));
        assert!(refused(|it| it.count = u64::MAX).contains("count"));
        assert!(refused(|it| it.sum_ns = 0).contains("sum_ns"));
        assert!(refused(|it| it.sum_ns = u64::MAX).contains("sum_ns"));
        assert!(refused(|it| it.greatest_ns *= 2).contains("greatest_ns"));
        assert!(refused(|it| it.hdr.clear()).contains("count"));
    }

    #[test]
    fn what_asks_for_memory_is_refused_before_it_gets_any() {
        let refused = |bytes: &[u8]| refused(|it| it.hdr = deflated(bytes));
        // A bomb, a payload of 4 GiB, and five digits.
        assert!(refused(&vec![0; 64 << 20]).contains("too much"));
        let mut header = inflated(&sound().hdr).unwrap();
        header[4..8].fill(0xff);
        assert!(refused(&header).contains("cut short"));
        let mut header = inflated(&sound().hdr).unwrap();
        header[15] = 5;
        assert!(refused(&header).contains("three digits"));
        assert!(refused(&[]).contains("cut short"));
    }

    proptest! {
        #[test]
        fn what_is_stored_comes_back(values in prop::collection::vec(0_u64..u64::MAX / 1000, 0..100)) {
            let mut histogram = Histogram::new();
            values.iter().for_each(|v| histogram.note(*v));
            let stored = HistogramRecord::from(&histogram);
            let back = stored.histogram().unwrap();
            prop_assert_eq!(back.count(), histogram.count());
            prop_assert_eq!((back.least(), back.greatest()), (histogram.least(), histogram.greatest()));
            for ((was, n), (is, m)) in histogram.values().zip(back.values()) {
                prop_assert!(was.abs_diff(is) as f64 <= was as f64 / 100.0 + 1.0, "{was} came back as {is}");
                prop_assert_eq!(n, m);
            }
        }
    }
}
