//! poolbench's own schemas, one for each lane of a run: made, marked as the run's, and dropped with
//! what is poolbench's, and with nothing that is somebody else's.

use super::{Admin, AdminError, quoted};

/// The mark that makes a schema poolbench's own; the run's own mark follows it.
const OWNED: &str = "made by poolbench; dropped at the end of its run";

/// How long a statement may wait for somebody's lock on our tables.
const LOCK_TIMEOUT: &str = "set local lock_timeout = '2s'";

/// The longest name that Postgres does not cut.
const LONGEST_NAME: usize = 63;

/// More lanes than a run has.
const MOST_LANES: usize = 99;

/// The names of the schemas of so many lanes: the first has the name that was asked for, each other
/// one a number after it.
#[must_use]
pub fn lane_schemas(asked: &str, lanes: usize) -> Vec<String> {
    let name = |lane: usize| match lane {
        1 => asked.to_owned(),
        lane => {
            let number = format!("_{lane}");
            let mut end = asked.len().min(LONGEST_NAME - number.len());
            while !asked.is_char_boundary(end) {
                end -= 1;
            }
            format!("{}{number}", &asked[..end])
        }
    };
    (1..=lanes).map(name).collect()
}

/// The object id of a schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schema(pub(super) u32);

/// What tells the schema of one run from that of another: letters and digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunMark(pub String);

/// What became of a schema that was to be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// The schema was dropped.
    Gone,
    /// It is there and another run's, which made it anew.
    Another,
}

/// Objects that depend on what is in a schema and are not in it, as dropping it would take them.
///
/// The walk begins at the schema and goes on to all that depends on what it has reached. What is
/// internal to another object (the rule of a view) takes that one with it. Types, rules and
/// triggers come with a table or view that is named itself.
const DEPENDENTS: &str = "
with recursive gone(classid, objid, objsubid) as (
    select 'pg_catalog.pg_namespace'::regclass::oid, $1::oid, 0
  union
    select next.* from gone cross join lateral (
        select d.classid, d.objid, d.objsubid from pg_depend d
         where d.refclassid = gone.classid and d.refobjid = gone.objid
           and (gone.objsubid = 0 or d.refobjsubid = gone.objsubid)
        union all
        select d.refclassid, d.refobjid, 0 from pg_depend d
         where d.classid = gone.classid and d.objid = gone.objid and d.deptype = 'i') next
)
select distinct i.type || ' ' || i.identity
  from gone cross join lateral pg_identify_object(classid, objid, objsubid) i
       cross join lateral pg_identify_object_as_address(classid, objid, objsubid) a
 where coalesce(i.schema, a.object_names[1]) not in ($2, 'pg_toast')
   and i.type not in ('rule', 'trigger')
   and not (i.type = 'type' and exists (
       select from pg_type t where t.oid = objid and (t.typrelid <> 0 or t.typelem <> 0)))
 order by 1";

impl Admin {
    /// Makes poolbench's own schema, after dropping what an earlier run left of it. The schema is
    /// locked against other runs for as long as this connection lasts.
    ///
    /// # Errors
    /// When the schema is somebody else's, is in use, is depended on, or cannot be made.
    pub async fn make_schema(&self, schema: &str, run: &RunMark) -> Result<(), AdminError> {
        let found = self.find_schema(schema).await?;
        if let Some((_, mark)) = &found
            && !mark.starts_with(OWNED)
        {
            return Err(AdminError::SchemaTaken(schema.to_owned()));
        }
        self.lock_schema(schema).await?;
        let name = quoted(schema);
        let mut left = String::new();
        if let Some((id, _)) = found {
            self.ensure_not_depended(schema, id).await?;
            self.end_orphans(id).await?;
            left = format!("drop schema {name} cascade;");
        }
        let mark = format!("{OWNED} ({})", run.0);
        let make = format!("{left} create schema {name}; comment on schema {name} is '{mark}'");
        self.in_transaction("making poolbench's schema", &make).await
    }

    /// Makes a schema for each lane.
    ///
    /// # Errors
    /// As [`make_schema`](Self::make_schema) does; those that were made until then stay.
    pub async fn make_schemas(&self, schemas: &[String], run: &RunMark) -> Result<(), AdminError> {
        for schema in schemas {
            self.make_schema(schema, run).await?;
        }
        Ok(())
    }

    /// Drops what a run that was killed left in the schemas of further lanes than this run has, where
    /// nobody works now.
    ///
    /// # Errors
    /// With what depends on one of them, or with what the server said.
    pub async fn drop_left(&self, asked: &str, lanes: usize) -> Result<(), AdminError> {
        let further = lane_schemas(asked, MOST_LANES).split_off(lanes.min(MOST_LANES));
        let sql = "select nspname::text from pg_namespace
                    where nspname::text = any($1) and pg_has_role(nspowner, 'usage')
                      and starts_with(obj_description(oid, 'pg_namespace'), $2) order by 1";
        let ask = async {
            let rows = self.client.query(sql, &[&further, &OWNED]).await?;
            rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()
        };
        for schema in self.ask("looking for what a run that was killed left", ask).await? {
            match self.lock_schema(&schema).await {
                Err(AdminError::SchemaInUse(_)) => continue,
                done => done?,
            }
            // Anew, since it was not locked before.
            if let Some((id, mark)) = self.find_schema(&schema).await?
                && mark.starts_with(OWNED)
            {
                self.ensure_not_depended(&schema, id).await?;
                self.end_orphans(id).await?;
                let drop = format!("drop schema {} cascade", quoted(&schema));
                self.in_transaction("dropping the schema of a run that was killed", &drop).await?;
            }
            self.unlock_schema(&schema).await?;
        }
        Ok(())
    }

    /// Leaves the schema to other runs.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn unlock_schema(&self, schema: &str) -> Result<(), AdminError> {
        let sql = "select pg_advisory_unlock(hashtextextended('poolbench schema ' || $1, 0))";
        let ask = async { self.client.query_one(sql, &[&schema]).await?.try_get::<_, bool>(0) };
        self.ask("unlocking a schema", ask).await.map(|_| ())
    }

    /// Locks the schema against other runs for as long as this connection lasts, so a run that was
    /// killed leaves no lock.
    ///
    /// # Errors
    /// When another run has the lock.
    pub async fn lock_schema(&self, schema: &str) -> Result<(), AdminError> {
        let sql = "select pg_try_advisory_lock(hashtextextended('poolbench schema ' || $1, 0))";
        let ask = async { self.client.query_one(sql, &[&schema]).await?.try_get::<_, bool>(0) };
        if self.ask("locking poolbench's schema", ask).await? {
            Ok(())
        } else {
            Err(AdminError::SchemaInUse(schema.to_owned()))
        }
    }

    /// Drops the schema of this run with all that is in it. What depends on it and is not in it is
    /// somebody's: it is left, and the schema with it.
    ///
    /// # Errors
    /// With what depends on it, or with what the server said.
    pub async fn drop_schema(&self, schema: &str, run: &RunMark) -> Result<Dropped, AdminError> {
        let Some((id, mark)) = self.find_schema(schema).await? else { return Ok(Dropped::Gone) };
        if mark != format!("{OWNED} ({})", run.0) {
            return Ok(Dropped::Another);
        }
        self.ensure_not_depended(schema, id).await?;
        let drop = format!("drop schema if exists {} cascade", quoted(schema));
        self.in_transaction("dropping poolbench's schema", &drop).await?;
        Ok(Dropped::Gone)
    }

    /// Makes tables of poolbench's own; the statements name their schema.
    ///
    /// # Errors
    /// With what the server said.
    pub async fn make_tables(&self, statements: &[String]) -> Result<(), AdminError> {
        self.in_transaction("making poolbench's tables", &statements.join(";")).await
    }

    async fn find_schema(&self, schema: &str) -> Result<Option<(Schema, String)>, AdminError> {
        let sql = "select oid, coalesce(obj_description(oid, 'pg_namespace'), '')
                     from pg_namespace where nspname = $1";
        let ask = async {
            let row = self.client.query_opt(sql, &[&schema]).await?;
            row.map(|row| Ok((Schema(row.try_get(0)?), row.try_get(1)?))).transpose()
        };
        self.ask("looking for poolbench's schema", ask).await
    }

    async fn ensure_not_depended(&self, schema: &str, id: Schema) -> Result<(), AdminError> {
        let ask = async {
            let rows = self.client.query(DEPENDENTS, &[&id.0, &schema]).await?;
            rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()
        };
        let dependents = self.ask("looking for what depends on poolbench's schema", ask).await?;
        if dependents.is_empty() {
            return Ok(());
        }
        Err(AdminError::Depended { schema: schema.to_owned(), dependents: dependents.join(", ") })
    }

    /// Runs statements in one transaction, which waits for nobody's lock for long.
    async fn in_transaction(&self, doing: &str, statements: &str) -> Result<(), AdminError> {
        let text = format!("begin; {LOCK_TIMEOUT}; {statements}; commit");
        let done = self.ask(doing, self.client.batch_execute(&text)).await;
        if done.is_err() {
            // So that this connection can be used again, if it is there at all.
            let _ = self.ask(doing, self.client.batch_execute("rollback")).await;
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lane_has_a_name_of_its_own_that_postgres_does_not_cut() {
        assert_eq!(lane_schemas("mine", 3), ["mine", "mine_2", "mine_3"]);
        for asked in ["x".repeat(63), format!("{}é", "x".repeat(59))] {
            let names = lane_schemas(&asked, MOST_LANES);
            let different: std::collections::BTreeSet<&String> = names.iter().collect();
            assert_eq!(different.len(), MOST_LANES);
            assert!(names.iter().all(|name| name.len() <= LONGEST_NAME), "{names:?}");
        }
    }
}
