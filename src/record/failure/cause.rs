//! What is behind a failure, where its code or its words tell, and what mends it.

use super::{FailureKind, Why};

/// A known cause of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// 57014: a statement ran into statement_timeout, or somebody cancelled it.
    StatementTimeout,
    /// 25P03: a transaction was idle for too long.
    IdleInTransaction,
    /// 25P04: a transaction was open for too long.
    TransactionTimeout,
    /// 57P05: a session was idle for too long.
    IdleSession,
    /// 57P01: an administrator, or a server that shuts down, ended the connection.
    Terminated,
    /// 57P02: the server ended all connections because one of its processes crashed.
    Crashed,
    /// 57P03: the server starts, stops or recovers.
    NotAccepting,
    /// No connection was made or tested in time.
    NoConnectionMade,
    /// 53300: the server has no connection left for this user.
    TooManyConnections,
    /// 53100: no room on the server's disk.
    DiskFull,
    /// 53200: no memory left on the server.
    OutOfMemory,
    /// 55P03: a lock was not to be had in time.
    LockNotAvailable,
    /// 40001: transactions got in each other's way.
    Serialization,
    /// 40P01: transactions waited for each other.
    Deadlock,
    /// 42501: the role may not do that.
    NotAllowed,
    /// 42…: the statement is wrong, or what it names is not there.
    WrongStatement,
    /// 23…: a row breaks a constraint.
    Constraint,
    /// 3D000, 57P04: the database is not there, or no longer.
    DatabaseGone,
    /// 28…: the server refused the account.
    Refused,
    /// 25006: the server takes no writes.
    ReadOnly,
    /// 08…, or no code: the connection was lost.
    ConnectionLost,
    /// The Redis has no memory left.
    QueueFull,
    /// The Redis no longer answers.
    QueueGone,
    /// The service takes no connection, or gave one up.
    ServiceGone,
}

impl Cause {
    /// The cause of failures of this kind, if it is a known one.
    #[must_use]
    pub fn of(kind: &FailureKind) -> Option<Self> {
        match (kind.why, kind.state) {
            (Why::AcquireTimedOut | Why::Asked | Why::Answer | Why::NoAnswer, _) => None,
            (Why::NotConnected, _) => Some(Self::ServiceGone),
            (Why::ConnectTimedOut, _) => Some(Self::NoConnectionMade),
            (Why::Queue, _) => {
                Some(if kind.says.contains("OOM") { Self::QueueFull } else { Self::QueueGone })
            }
            (Why::AcquireFailed | Why::Statement, Some(state)) => Self::of_state(state.as_str()),
            // Without a code it was not the server that spoke.
            (Why::AcquireFailed | Why::Statement, None) => {
                let lost = ["clos", "reset", "broken pipe", "refused", "eof", "end of file", "timed out"];
                let says = kind.says.to_lowercase();
                lost.iter().any(|word| says.contains(word)).then_some(Self::ConnectionLost)
            }
        }
    }

    fn of_state(state: &str) -> Option<Self> {
        Some(match state {
            "57014" => Self::StatementTimeout,
            "25P03" => Self::IdleInTransaction,
            "25P04" => Self::TransactionTimeout,
            "57P05" => Self::IdleSession,
            "57P01" => Self::Terminated,
            "57P02" => Self::Crashed,
            "57P03" => Self::NotAccepting,
            "53300" => Self::TooManyConnections,
            "53100" => Self::DiskFull,
            "53200" => Self::OutOfMemory,
            "55P03" => Self::LockNotAvailable,
            "40001" => Self::Serialization,
            "40P01" => Self::Deadlock,
            "42501" => Self::NotAllowed,
            "3D000" | "57P04" => Self::DatabaseGone,
            "25006" => Self::ReadOnly,
            _ => match &state[..2] {
                "42" => Self::WrongStatement,
                "23" => Self::Constraint,
                "28" => Self::Refused,
                "08" => Self::ConnectionLost,
                _ => return None,
            },
        })
    }

    /// The server's setting that is behind it.
    #[must_use]
    pub fn setting(self) -> Option<&'static str> {
        match self {
            Self::StatementTimeout => Some("statement_timeout"),
            Self::IdleInTransaction => Some("idle_in_transaction_session_timeout"),
            Self::TransactionTimeout => Some("transaction_timeout"),
            Self::IdleSession => Some("idle_session_timeout"),
            Self::LockNotAvailable => Some("lock_timeout"),
            _ => None,
        }
    }

    /// What is behind it and what to do, in sentences, with the value of its setting where that
    /// stands among these.
    #[must_use]
    pub fn told(self, settings: &[(String, String)]) -> String {
        let (cause, mend) = self.words();
        match self.set_by(settings) {
            Some((name, value)) => format!("{cause} ({name} = {value}). {mend}"),
            None => format!("{cause}. {mend}"),
        }
    }

    /// The setting behind it with its value, where that stands among these.
    pub(crate) fn set_by(self, settings: &[(String, String)]) -> Option<(&'static str, &str)> {
        self.setting().and_then(|name| in_force(settings, name).map(|value| (name, value)))
    }

    /// The cause as a sentence without its stop, and the mend.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::StatementTimeout => (
                "The server cancels statements that run longer than statement_timeout, or somebody cancelled \
                 them",
                "Raise statement_timeout for this role, or take a smaller --time-scale.",
            ),
            Self::IdleInTransaction => (
                "The server ends connections that are idle in a transaction for longer than \
                 idle_in_transaction_session_timeout, and that is what request scope does while it waits",
                "Raise it for this role, or take a smaller --time-scale.",
            ),
            Self::TransactionTimeout => (
                "The server ends transactions that are open for longer than transaction_timeout",
                "Raise it for this role, or take a smaller --time-scale.",
            ),
            Self::IdleSession => (
                "The server ends connections that are idle for longer than idle_session_timeout",
                "Raise it for this role.",
            ),
            other => other.of_the_server(),
        }
    }

    fn of_the_server(self) -> (&'static str, &'static str) {
        match self {
            Self::Terminated => (
                "An administrator ended connections, or the server was shut down",
                "Run again while nobody restarts the server or calls pg_terminate_backend.",
            ),
            Self::Crashed => (
                "A process of the server crashed, and the server ended all connections",
                "Look into the server's log.",
            ),
            Self::NotAccepting => {
                ("The server was starting, stopping or recovering", "Run again once it accepts connections.")
            }
            Self::NoConnectionMade => (
                "The pool was not short of connections, and yet the server did not let one be made or tested in \
                 time: it was gone, stood still, or had none left",
                "Look whether it runs and at its log, or give a longer acquire-timeout.",
            ),
            Self::TooManyConnections => (
                "The server had no connection left",
                "Make the pools smaller with --pool-size, or let others use fewer connections meanwhile.",
            ),
            Self::DiskFull => ("The server's disk is full", "Make room on it, or offer less."),
            Self::OutOfMemory => ("The server has no memory left", "Give it more, or offer less."),
            Self::LockNotAvailable => (
                "A lock was not to be had in time: statements wait for each other's rows, or for somebody \
                 else's",
                "Raise lock_timeout for this role, or let fewer requests touch the same rows.",
            ),
            Self::Serialization => (
                "Transactions got in each other's way and were not tried again",
                "Let fewer requests touch the same rows, or take a lower isolation level.",
            ),
            Self::Deadlock => (
                "Transactions waited for each other's locks",
                "Let all statements lock rows in the same order.",
            ),
            Self::DatabaseGone => ("The database was dropped, or is not there", "Name one that stays."),
            Self::Refused => ("The server refused the account", "Look at user, password and pg_hba.conf."),
            Self::ReadOnly => ("The server takes no writes", "Use a primary, or a role that may write."),
            other => other.of_others(),
        }
    }

    fn of_others(self) -> (&'static str, &'static str) {
        match self {
            Self::NotAllowed => ("The role may not do that", "Grant it, or use another role."),
            Self::WrongStatement => (
                "A statement is wrong, or what it names is not there, or no longer",
                "Look at the scenario's SQL and setup, and leave poolbench's schema alone meanwhile.",
            ),
            Self::Constraint => {
                ("A row breaks a constraint", "Look at the scenario's SQL and setup: its values may repeat.")
            }
            Self::QueueFull => (
                "The Redis has no memory left and refuses to write",
                "Raise maxmemory, take a policy that evicts, or offer less.",
            ),
            Self::ServiceGone => (
                "The service takes no connection, or closed one before it answered",
                "Look whether it runs at this address, how many connections it takes, and at its log.",
            ),
            Self::QueueGone => {
                ("The Redis did not take the job", "Look whether it runs and stays within reach.")
            }
            // Connections that were lost; every other cause has its words above.
            _ => (
                "Connections to the server were lost",
                "Look whether the server runs, at its log, and at what lies between.",
            ),
        }
    }
}

/// The value of a setting, unless it is off.
fn in_force<'a>(settings: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let value = settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    value.filter(|value| *value != "0")
}

#[cfg(test)]
mod tests {
    use super::super::SqlState;
    use super::*;

    fn kind(why: Why, state: &str, says: &str) -> FailureKind {
        FailureKind {
            why,
            state: SqlState::new(state),
            step: "enqueue".into(),
            statement: String::new(),
            says: says.into(),
            count: 1,
        }
    }

    #[test]
    fn causes_come_from_the_code_and_else_from_the_words() {
        let of = |why, state, says| Cause::of(&kind(why, state, says));
        assert_eq!(of(Why::Statement, "57014", "Anweisung abgebrochen"), Some(Cause::StatementTimeout));
        assert_eq!(of(Why::Statement, "42P01", ""), Some(Cause::WrongStatement));
        assert_eq!(of(Why::Statement, "42501", ""), Some(Cause::NotAllowed));
        assert_eq!(of(Why::AcquireFailed, "28P01", ""), Some(Cause::Refused));
        assert_eq!(of(Why::Statement, "22012", "division by zero"), None);
        assert_eq!(of(Why::Statement, "", "connection closed"), Some(Cause::ConnectionLost));
        assert_eq!(of(Why::Queue, "", "OOM command not allowed"), Some(Cause::QueueFull));
        assert_eq!(of(Why::Queue, "", "broken pipe"), Some(Cause::QueueGone));
        assert_eq!(of(Why::AcquireTimedOut, "", "closed"), None);
        assert_eq!(of(Why::ConnectTimedOut, "", ""), Some(Cause::NoConnectionMade));
    }

    #[test]
    fn the_setting_in_force_is_named() {
        let settings = |value: &str| vec![("statement_timeout".to_owned(), value.to_owned())];
        assert!(Cause::StatementTimeout.told(&settings("50ms")).contains("(statement_timeout = 50ms)."));
        assert!(!Cause::StatementTimeout.told(&settings("0")).contains('='));
        assert!(!Cause::StatementTimeout.told(&[]).contains('='));
    }
}
