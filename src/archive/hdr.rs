//! Histograms in the standard HDR V2 encoding, deflated, in base64: what `.hlog` files hold.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};

use super::tape::{Distribution, DurationsRecord};
use crate::record::{Durations, Histogram};

/// A stored histogram that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("a histogram in the record cannot be read ({0}); the file is damaged")]
pub struct HdrError(String);

const DIGITS: u8 = 3;

impl From<&Histogram> for Distribution {
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

#[expect(clippy::expect_used, reason = "the bounds are constants and the values are clamped to them")]
fn encode(histogram: &Histogram) -> String {
    if histogram.count() == 0 {
        return String::new();
    }
    // The range follows the data, so there is no ceiling that a long hold could hit.
    let top = histogram.greatest().clamp(2, GREATEST);
    let mut hdr = hdrhistogram::Histogram::<u64>::new_with_bounds(1, top, DIGITS).expect("sound bounds");
    for (value, count) in histogram.values() {
        hdr.saturating_record_n(value.min(top), count);
    }
    let mut bytes = Vec::new();
    V2DeflateSerializer::new().serialize(&hdr, &mut bytes).expect("writing to memory");
    STANDARD.encode(bytes)
}

impl Distribution {
    /// The histogram, as the analysis uses it.
    ///
    /// # Errors
    /// When the text is no HDR histogram.
    pub fn histogram(&self) -> Result<Histogram, HdrError> {
        if self.hdr.is_empty() {
            return Ok(Histogram::new());
        }
        let bytes = STANDARD.decode(&self.hdr).map_err(|fault| HdrError(fault.to_string()))?;
        let hdr: hdrhistogram::Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .map_err(|fault| HdrError(fault.to_string()))?;
        let values = hdr
            .iter_recorded()
            .map(|step| (hdr.median_equivalent(step.value_iterated_to()), step.count_at_value()));
        Ok(Histogram::restored(values, u128::from(self.sum_ns), self.least_ns, self.greatest_ns))
    }
}

impl DurationsRecord {
    /// The histograms, as the analysis uses them.
    ///
    /// # Errors
    /// When one of them is no HDR histogram.
    pub fn durations(&self) -> Result<Durations, HdrError> {
        Ok(Durations { seen: self.seen.histogram()?, censored: self.censored.histogram()? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_stored_comes_back(values in prop::collection::vec(0_u64..u64::MAX / 1000, 0..100)) {
            let mut histogram = Histogram::new();
            values.iter().for_each(|v| histogram.note(*v));
            let stored = Distribution::from(&histogram);
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
