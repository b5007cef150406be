//! Statements are prepared and not run: what Postgres does not take is known before a load.

use super::refusal::Refusal;
use super::setup::open_in_schema;
use super::{ANSWERING, AdminError};
use crate::pool::address::chain;
use crate::pool::types::type_of;
use crate::pool::{Address, Sql, Value};

/// Prepares statements on a connection such as those of the pools, with the types that their values
/// fix: every library declares the same ones. Answers of each why Postgres does not take it; none where
/// it does. The address is one in the schema.
///
/// # Errors
/// When unqualified names do not mean the schema's, or the server does not answer or cannot answer now.
pub async fn prepare(
    address: &Address,
    name: &str,
    schema: &str,
    statements: &[(Sql, Vec<Value<'_>>)],
) -> Result<Vec<Option<Refusal>>, AdminError> {
    let doing = "preparing the scenario's statements";
    let client = open_in_schema(address, name, schema).await?;
    let mut refusals = Vec::with_capacity(statements.len());
    for (sql, values) in statements {
        let types: Vec<_> = values.iter().map(type_of).collect();
        let answer = tokio::time::timeout(ANSWERING, client.prepare_typed(sql.text(), &types)).await;
        let Ok(answer) = answer else {
            return Err(AdminError::Mute { doing: doing.to_owned(), limit: ANSWERING });
        };
        refusals.push(match answer {
            Ok(_) => None,
            Err(fault) => match Refusal::of(&fault, sql.text(), address) {
                Some(refusal) => Some(refusal),
                None => {
                    let reason = address.redact(&chain(&fault));
                    return Err(AdminError::Failed { doing: doing.to_owned(), reason });
                }
            },
        });
    }
    Ok(refusals)
}
