//! Where a run took place.

use super::{Defect, In, MOST_ENTRIES, at_most, told};
use crate::archive::Environment;
use crate::archive::wire::EnvironmentRecord;

pub(super) fn environment(record: EnvironmentRecord) -> Result<Environment, Defect> {
    at_most(record.postgres_settings.len(), MOST_ENTRIES).of("postgres_settings")?;
    at_most(record.pools.len(), MOST_ENTRIES).of("pools")?;
    let EnvironmentRecord {
        system,
        processor,
        cores,
        memory_mib,
        build,
        postgres_from,
        postgres_version,
        postgres_encryption,
        postgres_settings,
        schema,
        queue,
        queue_server,
        pools,
    } = record;
    Ok(Environment {
        system,
        processor,
        cores,
        memory_mib,
        build,
        postgres_from,
        postgres_version,
        postgres_encryption,
        postgres_settings,
        schema,
        queue: queue_server.or_else(|| told::queue(&queue)),
        pools,
    })
}
