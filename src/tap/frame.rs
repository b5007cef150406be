//! Where one message ends and the next begins, in bytes that come in any pieces.
//!
//! A message is a tag, a length and a body. Of a body only as much is kept as its tag needs, and never more than
//! [`KEPT`]; the rest is skipped by its length, so that a message of a gigabyte takes no memory.

/// The most that is kept of one message: beyond this the text of a statement says nothing new.
pub(super) const KEPT: usize = 8 * 1024;

/// A length has at least itself in it.
const LEAST: u32 = 4;

/// The server refuses what is longer, and so it sends nothing longer either.
const MOST: u32 = 0x3fff_ffff;

/// A message, as far as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message<'b> {
    /// What kind of message it is.
    pub(super) tag: u8,
    /// The beginning of its body.
    pub(super) body: &'b [u8],
    /// Whether that is all of it.
    pub(super) extent: Extent,
}

/// How much of a body was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// Its beginning.
    Start,
}

/// The bytes are no messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoMessage;

/// Finds the messages of one direction.
#[derive(Debug, Default)]
pub(super) struct Framer {
    /// The five bytes before a body, as far as they have come.
    head: [u8; 5],
    headed: usize,
    /// Bytes of the body that are still to be kept.
    wanted: usize,
    /// Bytes of the body that come after those.
    skipped: usize,
    /// What was kept of a body that came in pieces.
    kept: Vec<u8>,
    extent: Option<Extent>,
}

impl Framer {
    /// Reads on. `keep` says how much of a body a tag needs, or that there is no such tag; `found` is told of each
    /// message as soon as so much of it is there.
    pub(super) fn read(
        &mut self,
        mut bytes: &[u8],
        keep: impl Fn(u8) -> Option<usize>,
        mut found: impl FnMut(Message<'_>),
    ) -> Result<(), NoMessage> {
        loop {
            if self.headed == 5 && self.wanted == 0 {
                let skipped = self.skipped.min(bytes.len());
                bytes = &bytes[skipped..];
                self.skipped -= skipped;
                if self.skipped > 0 {
                    return Ok(());
                }
                self.headed = 0;
            }
            if bytes.is_empty() {
                return Ok(());
            }
            if self.headed < 5 {
                bytes = self.header(bytes, &keep)?;
                if self.headed < 5 {
                    return Ok(());
                }
            }
            bytes = self.body(bytes, &mut found);
        }
    }

    fn header<'b>(
        &mut self,
        bytes: &'b [u8],
        keep: impl Fn(u8) -> Option<usize>,
    ) -> Result<&'b [u8], NoMessage> {
        let taken = bytes.len().min(5 - self.headed);
        self.head[self.headed..self.headed + taken].copy_from_slice(&bytes[..taken]);
        self.headed += taken;
        if self.headed == 5 {
            let [tag, length @ ..] = self.head;
            let length = u32::from_be_bytes(length);
            let kept = keep(tag).ok_or(NoMessage)?.min(KEPT);
            if !(LEAST..=MOST).contains(&length) {
                return Err(NoMessage);
            }
            let body = (length - LEAST) as usize;
            self.wanted = kept.min(body);
            self.skipped = body - self.wanted;
            self.extent = Some(if self.skipped == 0 { Extent::Whole } else { Extent::Start });
            self.kept.clear();
        }
        Ok(&bytes[taken..])
    }

    /// Tells of the message when enough of it is there, and returns what comes after that.
    fn body<'b>(&mut self, bytes: &'b [u8], found: &mut impl FnMut(Message<'_>)) -> &'b [u8] {
        let Some(extent) = self.extent else { return bytes };
        let taken = self.wanted.min(bytes.len());
        let (now, later) = bytes.split_at(taken);
        self.wanted -= taken;
        // What came in one piece is read where it lies.
        if self.wanted > 0 || !self.kept.is_empty() {
            self.kept.extend_from_slice(now);
        }
        if self.wanted == 0 {
            let body = if self.kept.is_empty() { now } else { &self.kept };
            found(Message { tag: self.head[0], body, extent });
            self.extent = None;
            self.kept.clear();
            self.kept.shrink_to(256);
        }
        later
    }

    /// Whether the last byte that came was the last one of a message.
    #[cfg(test)]
    pub(super) fn is_between(&self) -> bool {
        self.headed == 0
    }

    /// Bytes that it holds on to.
    pub(super) fn held(&self) -> usize {
        self.kept.capacity()
    }
}

/// The text up to the first zero byte, and what comes after it; nothing where there is none.
pub(super) fn text_and_rest(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(framer: &mut Framer, bytes: &[u8], keep: usize) -> Vec<(u8, Vec<u8>, Extent)> {
        let mut all = Vec::new();
        let read = framer.read(
            bytes,
            |_| Some(keep),
            |message| all.push((message.tag, message.body.to_vec(), message.extent)),
        );
        read.unwrap();
        all
    }

    fn message(tag: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = vec![tag];
        bytes.extend((body.len() as u32 + 4).to_be_bytes());
        bytes.extend(body);
        bytes
    }

    #[test]
    fn long_bodies_are_told_by_their_beginning_and_skipped() {
        let mut framer = Framer::default();
        let bytes = [message(b'd', &[7; 1000]), message(b'Z', b"I")].concat();
        assert_eq!(
            told(&mut framer, &bytes, 3),
            [(b'd', vec![7; 3], Extent::Start), (b'Z', b"I".to_vec(), Extent::Whole)]
        );
        assert!(framer.is_between());
    }

    #[test]
    fn lengths_that_cannot_be_are_no_messages() {
        for length in [0_u32, 3, 0x4000_0000, u32::MAX] {
            let bytes = [&b"Q"[..], &length.to_be_bytes()].concat();
            assert_eq!(Framer::default().read(&bytes, |_| Some(9), |_| ()), Err(NoMessage), "{length}");
        }
        assert_eq!(Framer::default().read(&message(b'?', b""), |_| None, |_| ()), Err(NoMessage));
    }

    proptest! {
        #[test]
        fn any_cut_gives_the_same_messages(
            bodies in proptest::collection::vec((any::<u8>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..12),
            cuts in proptest::collection::vec(1_usize..40, 1..20),
            keep in 0_usize..50,
        ) {
            let bytes: Vec<u8> = bodies.iter().flat_map(|(tag, body)| message(*tag, body)).collect();
            let whole = told(&mut Framer::default(), &bytes, keep);
            prop_assert_eq!(whole.len(), bodies.len());
            let (mut framer, mut left, mut pieces) = (Framer::default(), &bytes[..], Vec::new());
            for cut in cuts.iter().cycle() {
                let (now, later) = left.split_at((*cut).min(left.len()));
                pieces.extend(told(&mut framer, now, keep));
                left = later;
                if left.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(whole, pieces);
            prop_assert!(framer.is_between());
        }

        #[test]
        fn hostile_bytes_take_no_memory(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3000), 0..20)) {
            let mut framer = Framer::default();
            for chunk in chunks {
                if framer.read(&chunk, |tag| (tag != 0).then_some(usize::MAX), |_| ()).is_err() {
                    break;
                }
                prop_assert!(framer.held() <= 2 * KEPT);
            }
        }
    }
}
