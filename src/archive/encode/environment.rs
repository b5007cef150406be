//! Where a run took place, from a run to its stored form.

use crate::archive::Environment;
use crate::archive::wire::EnvironmentRecord;

impl From<&Environment> for EnvironmentRecord {
    fn from(environment: &Environment) -> Self {
        let Environment {
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
            pools,
        } = environment.clone();
        Self {
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
            queue: String::new(),
            queue_server: queue,
            pools,
        }
    }
}
