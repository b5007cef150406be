//! The types of parameters, as every library declares them to the server.

use tokio_postgres::types::Type;

use super::Value;

/// The type that a value fixes.
pub(super) fn type_of(value: &Value<'_>) -> Type {
    match value {
        Value::Integer(_) => Type::INT8,
        Value::Float(_) => Type::FLOAT8,
        Value::Boolean(_) => Type::BOOL,
        Value::Text(_) => Type::TEXT,
    }
}
