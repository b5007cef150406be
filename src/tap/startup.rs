//! How a connection begins: the first packet of a client, and the first answer of a server.

/// What the server allows for the first packet, in bytes.
pub(super) const LONGEST: usize = 10_000;

const SSL: u32 = 80_877_103;
const GSS: u32 = 80_877_104;
const CANCEL: u32 = 80_877_102;

/// What a client's first packet asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// To encrypt what follows, by TLS or GSSAPI.
    Encrypt,
    /// To cancel what another connection does.
    Cancel,
    /// A session that can be read.
    Session(Habit),
    /// A session that is forwarded unread: replication, or a version that is not known.
    Unread,
}

/// What a library does that shows when its pool lends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Nothing is known of it.
    Unknown,
    /// sqlx sends a bare `Sync` when a connection is given back, and by default when it is lent again.
    SyncsAroundCheckouts,
}

/// Reads the first packet, without its length.
pub(super) fn first(packet: &[u8]) -> First {
    let Some((version, rest)) = packet.split_first_chunk::<4>() else { return First::Unread };
    match u32::from_be_bytes(*version) {
        SSL | GSS => First::Encrypt,
        CANCEL => First::Cancel,
        version if version >> 16 == 3 => session(rest),
        _ => First::Unread,
    }
}

fn session(parameters: &[u8]) -> First {
    let texts: Vec<&[u8]> = parameters.split(|byte| *byte == 0).collect();
    let value = |name: &[u8]| texts.chunks_exact(2).find(|pair| pair[0] == name).map(|pair| pair[1]);
    let off: [&[u8]; 5] = [b"false", b"off", b"no", b"0", b"f"];
    if value(b"replication").is_some_and(|told| !off.contains(&told.to_ascii_lowercase().as_slice())) {
        return First::Unread;
    }
    // The parameters that sqlx sends, and no other known library all of them.
    let sqlx = value(b"DateStyle") == Some(b"ISO, MDY")
        && value(b"TimeZone") == Some(b"UTC")
        && value(b"extra_float_digits").is_some();
    First::Session(if sqlx { Habit::SyncsAroundCheckouts } else { Habit::Unknown })
}

/// Whether these are the first bytes of a TLS handshake, which no Postgres packet begins with.
pub(super) fn is_tls(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x16, 0x03])
}

const PLUS: &[u8] = b"SCRAM-SHA-256-PLUS\0";

/// The server's list of ways to authenticate without the one that is bound to TLS, which ends at the tap: a client
/// would refuse it on a connection without TLS. Nothing for any other message. The message is whole, with its head.
pub(super) fn without_channel_binding(message: &[u8]) -> Option<Vec<u8>> {
    let list = message.strip_prefix(b"R")?.get(4..)?.strip_prefix(&10_u32.to_be_bytes())?;
    let at = list.windows(PLUS.len()).position(|part| part == PLUS)?;
    (at == 0 || list[at - 1] == 0).then_some(())?;
    let kept = [&list[..at], &list[at + PLUS.len()..]].concat();
    let length = u32::try_from(kept.len() + 8).ok()?;
    Some([b"R", &length.to_be_bytes()[..], &10_u32.to_be_bytes(), &kept].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(version: u32, parameters: &str) -> Vec<u8> {
        [&version.to_be_bytes()[..], parameters.as_bytes()].concat()
    }

    #[test]
    fn the_first_packet_says_what_is_wanted() {
        assert_eq!(first(&packet(SSL, "")), First::Encrypt);
        assert_eq!(first(&packet(GSS, "")), First::Encrypt);
        assert_eq!(first(&packet(CANCEL, "keykeykey")), First::Cancel);
        assert_eq!(first(&packet(196_608, "user\0me\0\0")), First::Session(Habit::Unknown));
        assert_eq!(first(&packet(196_610, "user\0me\0\0")), First::Session(Habit::Unknown));
        assert_eq!(first(&packet(196_608, "user\0me\0replication\0database\0\0")), First::Unread);
        assert_eq!(first(&packet(196_608, "user\0me\0replication\0off\0\0")), First::Session(Habit::Unknown));
        assert_eq!(first(&packet(131_072, "")), First::Unread);
        assert_eq!(first(b"abc"), First::Unread);
    }

    #[test]
    fn only_the_bound_mechanism_goes() {
        let message = |list: &[u8]| {
            [b"R", &(list.len() as u32 + 8).to_be_bytes()[..], &10_u32.to_be_bytes(), list].concat()
        };
        let both = message(b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
        assert_eq!(without_channel_binding(&both), Some(message(b"SCRAM-SHA-256\0\0")));
        assert_eq!(without_channel_binding(&message(b"SCRAM-SHA-256\0\0")), None);
        assert_eq!(without_channel_binding(b"R\0\0\0\x08\0\0\0\0"), None);
    }
}
