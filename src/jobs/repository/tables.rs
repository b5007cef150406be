//! The tables of the job service.

use crate::pool::quoted;

/// The statements that make the tables of the job service in this schema, once for each lane.
#[must_use]
pub fn tables(schema: &str) -> Vec<String> {
    let schema = quoted(schema);
    vec![
        format!(
            "create table {schema}.jobs (
                id bigint generated always as identity primary key,
                lane text not null,
                request bigint not null,
                name text not null,
                state text not null default 'PENDING',
                payload text not null,
                error text,
                created_at timestamptz not null default now(),
                updated_at timestamptz
            )"
        ),
        format!(
            "create table {schema}.resource_allocations (
                id bigint generated always as identity primary key,
                job_id bigint not null references {schema}.jobs (id),
                cpus integer not null
            )"
        ),
    ]
}
