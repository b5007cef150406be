//! The scenario's own setup statements, on a connection of their own: whatever they leave behind
//! in their session (a setting, a role, a lock, an open transaction) goes with it.

use super::refusal::{Refusal, start_in_one_line};
use super::{AdminError, open};
use crate::pool::Address;
use crate::pool::address::chain;
use crate::pool::path::{WrongPath, path, told};

/// Characters of a setup statement that name it in a fault.
const SHOWN: usize = 40;

/// Runs the scenario's setup statements, with unqualified names meaning the schema's. The address
/// is one in the schema. A statement may take as long as it likes; the caller knows when to stop.
///
/// # Errors
/// When unqualified names do not mean the schema's, or with the statement and what the server said.
pub async fn run_setup(
    address: &Address,
    name: &str,
    schema: &str,
    statements: &[String],
) -> Result<(), AdminError> {
    let client = open_in_schema(address, name, schema).await?;
    let failed = |doing: &str, fault: &tokio_postgres::Error| failed(address, doing, fault);
    for statement in statements {
        let doing = format!("the setup statement \"{}\"", start_in_one_line(statement, SHOWN));
        // Anew each time, since the statement before may have changed it.
        ensure_path(&client, address, schema, &doing).await?;
        if let Err(fault) = client.batch_execute(statement).await {
            return Err(match Refusal::of(&fault, statement, address) {
                Some(refusal) => AdminError::SetupRefused { doing, refusal },
                None => failed(&doing, &fault),
            });
        }
        if in_transaction(&client).await.map_err(|fault| failed(&doing, &fault))? {
            return Err(AdminError::OpenTransaction(doing));
        }
    }
    Ok(())
}

/// A connection on which unqualified names mean the schema's. The address is one in the schema.
pub(super) async fn open_in_schema(
    address: &Address,
    name: &str,
    schema: &str,
) -> Result<tokio_postgres::Client, AdminError> {
    let client = open(address, name).await.map_err(|fault| match fault {
        // The same server lets a connection in that asks for no schema: a pooler refuses this one.
        AdminError::Unreachable { reason, .. } if reason.contains("startup parameter") => {
            WrongPath::refused(schema, &reason).into()
        }
        other => other,
    })?;
    ensure_path(&client, address, schema, "asking what unqualified names mean").await?;
    Ok(client)
}

async fn ensure_path(
    client: &tokio_postgres::Client,
    address: &Address,
    schema: &str,
    doing: &str,
) -> Result<(), AdminError> {
    let found = path(client).await.map_err(|fault| failed(address, doing, &fault))?;
    Ok(WrongPath::unless(&found, schema)?)
}

fn failed(address: &Address, doing: &str, fault: &tokio_postgres::Error) -> AdminError {
    AdminError::Failed { doing: doing.to_owned(), reason: address.redact(&chain(fault)) }
}

/// In a transaction of its own a statement starts when its transaction does. By the simple
/// protocol, in which a statement is one message and has one start.
async fn in_transaction(client: &tokio_postgres::Client) -> Result<bool, tokio_postgres::Error> {
    let sql = "select transaction_timestamp() <> statement_timestamp()";
    Ok(told(&client.simple_query(sql).await?) == "t")
}
