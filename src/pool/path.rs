//! What unqualified names mean on a connection. A scenario's own statements have such names, and
//! on a connection where they mean the user's tables those would be written to.

use tokio_postgres::SimpleQueryMessage;

/// The schemas that unqualified names mean, in order, but for the system's own.
pub(super) const PATH: &str = "select array_to_string(current_schemas(false), ', ')";

/// Unqualified names do not mean what they have to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "on this connection unqualified names mean {found} and not the schema \"{schema}\", so the scenario's own \
     statements could reach other tables, and were not run; a pooler such as PgBouncer drops the start-up \
     parameter search_path: name the Postgres behind it, or list search_path in its track_extra_parameters"
)]
pub struct WrongPath {
    schema: String,
    found: String,
}

impl WrongPath {
    /// The fault, unless the path that was found is this schema alone.
    pub(super) fn unless(found: &str, schema: &str) -> Result<(), Self> {
        let found = match found {
            found if found == schema => return Ok(()),
            "" => "no schema at all".to_owned(),
            found => format!("the schemas {found}"),
        };
        Err(Self { schema: schema.to_owned(), found })
    }

    /// The fault when a connection that asks for this schema is refused.
    pub(super) fn refused(schema: &str, reason: &str) -> Self {
        Self { schema: schema.to_owned(), found: format!("whatever is set there ({reason})") }
    }
}

/// What unqualified names mean on this very connection, as the server tells it. By the simple
/// protocol, in which a question is one message, so that no pooler can come between its parts.
pub(super) async fn path(client: &tokio_postgres::Client) -> Result<String, tokio_postgres::Error> {
    Ok(told(&client.simple_query(PATH).await?))
}

/// The first column of the first row.
pub(super) fn told(answer: &[SimpleQueryMessage]) -> String {
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    row.unwrap_or_default().to_owned()
}
