//! The place of a run on the servers: poolbench's own schemas, one for each lane, and queue. It is left as it was found,
//! whatever becomes of the run: on every way out, on a connection of its own if need be, within a
//! limit, and with what could not be removed named.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use rand::TryRng;

use super::leftovers::{Left, Leftovers};
use super::{RunError, Servers, Whose};
use crate::load::Stop;
use crate::pool::admin::{Admin, AdminError, BackendSignal, Named, RunMark, lane_schemas};
use crate::pool::{Address, PoolerConsole, quoted};
use crate::queue::{QueueError, QueueName, QueuePlace, RedisAddress, RedisQueue};
use crate::scenario::Via;

/// How long leaving a server may take when nobody is in a hurry.
const LEAVING: Duration = Duration::from_secs(8);

/// How long it may take to leave the schemas to other runs; the server does it by itself in the end.
const UNLOCKING: Duration = Duration::from_secs(1);

/// Added to twice the time that a run is expected to take: from then on its queue counts as left.
pub(super) const QUEUE_OVER: Duration = Duration::from_secs(15 * 60);

/// Where a run works, and what it made there.
#[derive(Clone)]
struct Site {
    address: Address,
    database_is: Whose,
    /// One for each lane.
    schemas: Vec<String>,
    schemas_made: Made,
    queue: Option<QueuePlace>,
    redis_is: Whose,
    queue_made: Made,
    mark: RunMark,
    leftovers: Leftovers,
    stop: Stop,
}

/// Whether something was made on a server that is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    No,
    Yes,
}

/// A [`Site`] with its connections.
pub(crate) struct Workplace {
    site: Site,
    admin: RefCell<Option<Rc<Admin>>>,
    redis: Option<RedisQueue>,
    pooler: Option<(Address, PoolerConsole)>,
}

impl Workplace {
    /// Connects, looks the servers over, and makes the queue and a schema for each lane, for a run
    /// that lasts about so long.
    ///
    /// # Errors
    /// With what stands in the way; nothing of ours stays then.
    pub(crate) async fn open(
        servers: &Servers,
        lanes: usize,
        connections: u32,
        lasts: Duration,
        leftovers: &Leftovers,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        let mark = RunMark(random_mark()?);
        let queue = match &servers.redis {
            Some(url) => {
                let address = RedisAddress::parse(url).map_err(QueueError::from)?;
                Some(QueuePlace { address, name: QueueName::of_run(&mark.0) })
            }
            None => None,
        };
        let mut place = Self::bare(Site {
            address: Address::parse(&servers.database)?,
            database_is: servers.database_is,
            schemas: lane_schemas(&servers.schema, lanes),
            schemas_made: Made::No,
            queue,
            redis_is: servers.redis_is,
            queue_made: Made::No,
            mark,
            leftovers: leftovers.clone(),
            stop: stop.clone(),
        });
        if let Some(pooler) = &servers.pooler {
            let address = Address::parse(&pooler.console)?;
            let console = PoolerConsole::connect(&address).await?;
            place.pooler = Some((address, console));
        }
        let admin = place.admin().await?;
        admin.ensure_room(connections).await?;
        if let Some(queue) = &place.site.queue {
            let redis = RedisQueue::connect(queue).await?;
            redis.claim(lasts * 2 + QUEUE_OVER).await?;
            place.redis = Some(redis);
            place.site.queue_made = Made::Yes;
            place.site.note();
        }
        admin.drop_left(&servers.schema, lanes).await?;
        // From before they are made: whoever gives up in the middle does not know how far it came.
        place.site.schemas_made = Made::Yes;
        place.site.note();
        if let Err(fault) = admin.make_schemas(&place.site.schemas, &place.site.mark).await {
            place.leave().await;
            return Err(fault.into());
        }
        Ok(place)
    }

    fn bare(site: Site) -> Self {
        Self { site, admin: RefCell::new(None), redis: None, pooler: None }
    }

    /// Address of the Postgres.
    pub(crate) fn address(&self) -> &Address {
        &self.site.address
    }

    /// Address of a database as the PgBouncer in front calls it; without one that of the Postgres.
    pub(crate) fn front(&self, name: &str, through: Via) -> Address {
        let Some((console, _)) = &self.pooler else { return self.site.address.clone() };
        let front = console.clone().in_database(name);
        if through == Via::PgBouncerTransaction { front.behind_transactions() } else { front }
    }

    /// The console of the PgBouncer in front; none without one.
    pub(crate) fn console(&self) -> Option<&PoolerConsole> {
        self.pooler.as_ref().map(|(_, console)| console)
    }

    /// Where the jobs go; none for a delay alone.
    pub(crate) fn queue(&self) -> Option<&QueuePlace> {
        self.site.queue.as_ref()
    }

    /// The schemas, one for each lane.
    pub(crate) fn schemas(&self) -> &[String] {
        &self.site.schemas
    }

    /// The connection to the Redis that no lane uses.
    pub(crate) fn redis(&self) -> Option<&RedisQueue> {
        self.redis.as_ref()
    }

    /// The name that the server shows for connections of this run, with more words for those of a
    /// lane. No other run has it, so that none is taken for another's.
    pub(crate) fn name(&self, more: &str) -> String {
        format!("poolbench {} {more}", self.site.mark.0).trim_end().to_owned()
    }

    /// What all names of this run begin with, but for the connection that is in hand here.
    pub(crate) fn names(&self) -> String {
        format!("poolbench {} ", self.site.mark.0)
    }

    /// The connection outside the pools, made anew where it was lost.
    ///
    /// # Errors
    /// When the server does not answer, or another run took a schema meanwhile.
    pub(crate) async fn admin(&self) -> Result<Rc<Admin>, AdminError> {
        let known = self.admin.borrow().clone();
        if let Some(admin) = known.filter(|admin| !admin.is_closed()) {
            return Ok(admin);
        }
        let admin = Rc::new(Admin::connect(&self.site.address, &self.name("")).await?);
        if self.site.schemas_made == Made::Yes {
            for schema in &self.site.schemas {
                self.lock_again(&admin, schema).await?;
            }
        }
        self.admin.replace(Some(admin.clone()));
        Ok(admin)
    }

    /// The server may take a moment to notice that the connection which had the lock is gone.
    async fn lock_again(&self, admin: &Admin, schema: &str) -> Result<(), AdminError> {
        for _ in 0..20 {
            match admin.lock_schema(schema).await {
                Err(AdminError::SchemaInUse(_)) => {}
                done => return done,
            }
            // Only connections of this very run go by this name.
            admin.end(Named::Exactly(&self.name("")), BackendSignal::Terminate).await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        admin.lock_schema(schema).await
    }

    /// Leaves: removes what is poolbench's, and answers what could not be removed. Servers that
    /// are thrown away take it with them.
    pub(crate) async fn leave(mut self) -> Vec<Left> {
        let stop = self.site.stop.clone();
        let mut left = Vec::new();
        if self.site.are_schemas_to_go() {
            let mut there = self.site.schemas.clone();
            let cleared = stop.within(LEAVING, self.clear_schemas(&mut there, &mut left)).await;
            if let Some(why) = cleared.map_or_else(mute, |done| done.err().map(|fault| fault.to_string())) {
                left.extend(there.iter().map(|schema| self.site.left_schema(schema, &why)));
            }
        }
        if self.site.schemas_made == Made::Yes {
            // The server may take a moment to see that a connection is gone, and the next run comes at once.
            let _ = stop.within(UNLOCKING, self.unlock()).await;
        }
        if self.site.is_to_clear_queue() {
            let cleared = stop.within(LEAVING, self.clear_queue()).await;
            let why = cleared.map_or_else(mute, |done| done.err().map(|fault| fault.to_string()));
            left.extend(why.and_then(|why| self.site.left_queue(&why)));
        }
        (self.site.schemas_made, self.site.queue_made) = (Made::No, Made::No);
        self.site.leftovers.set(left.clone());
        left
    }

    /// First on the connection that is there; where that one is mute or gone, on a new one. Takes
    /// those that are done with from the list, and tells which of them are left.
    async fn clear_schemas(&self, there: &mut Vec<String>, left: &mut Vec<Left>) -> Result<(), AdminError> {
        let admin = self.admin().await?;
        match self.drop_schemas(&admin, there, left).await {
            Err(fault) if is_lost(&admin, &fault) => {}
            done => return done,
        }
        self.admin.replace(None);
        drop(admin);
        let admin = self.admin().await?;
        self.drop_schemas(&admin, there, left).await
    }

    /// Connections of this run that still do something would hold it up. What holds up one schema
    /// keeps no other.
    async fn drop_schemas(
        &self,
        admin: &Admin,
        there: &mut Vec<String>,
        left: &mut Vec<Left>,
    ) -> Result<(), AdminError> {
        admin.end(Named::Beginning(&self.names()), BackendSignal::Terminate).await?;
        while let Some(schema) = there.first() {
            match admin.drop_schema(schema, &self.site.mark).await {
                Ok(_) => {}
                Err(fault) if is_lost(admin, &fault) => return Err(fault),
                Err(fault) => left.push(self.site.left_schema(schema, &fault.to_string())),
            }
            there.remove(0);
        }
        Ok(())
    }

    /// Leaves the schemas to other runs, on the connection that has them locked.
    async fn unlock(&self) -> Result<(), AdminError> {
        let admin = self.admin.borrow().clone();
        if let Some(admin) = admin.filter(|admin| !admin.is_closed()) {
            for schema in &self.site.schemas {
                admin.unlock_schema(schema).await?;
            }
        }
        Ok(())
    }

    async fn clear_queue(&self) -> Result<(), RunError> {
        if let Some(redis) = &self.redis
            && redis.clean_up().await.is_ok()
        {
            return Ok(());
        }
        let Some(queue) = &self.site.queue else { return Ok(()) };
        Ok(RedisQueue::connect(queue).await?.clean_up().await?)
    }
}

/// Whether nothing more is to be had on this connection.
fn is_lost(admin: &Admin, fault: &AdminError) -> bool {
    match fault {
        AdminError::Mute { .. } => true,
        AdminError::Failed { .. } => admin.is_closed(),
        _ => false,
    }
}

#[expect(clippy::unnecessary_wraps, reason = "it stands beside a fault that may be none")]
fn mute() -> Option<String> {
    Some("the server did not answer in time".to_owned())
}

impl Site {
    fn are_schemas_to_go(&self) -> bool {
        self.schemas_made == Made::Yes && self.database_is == Whose::TheUsers
    }

    fn is_to_clear_queue(&self) -> bool {
        self.queue_made == Made::Yes && self.redis_is == Whose::TheUsers
    }

    /// Notes what is there, for whoever ends the process at once.
    fn note(&self) {
        const WHY: &str = "poolbench was ended at once";
        let schemas = self.schemas.iter().filter(|_| self.are_schemas_to_go());
        let queue = self.is_to_clear_queue().then(|| self.left_queue(WHY)).flatten();
        self.leftovers.set(schemas.map(|schema| self.left_schema(schema, WHY)).chain(queue).collect());
    }

    fn left_schema(&self, schema: &str, why: &str) -> Left {
        let drop = format!("drop schema if exists {} cascade", quoted(schema));
        Left {
            what: format!("the schema \"{schema}\" at {} ({why})", self.address),
            remedy: format!("the next run there removes it, or: {drop}"),
        }
    }

    fn left_queue(&self, why: &str) -> Option<Left> {
        let queue = self.queue.as_ref()?;
        Some(Left {
            what: format!("the queue \"{}\" at {} ({why})", queue.name.name(), queue.address),
            remedy: "a later run there removes it with its jobs, some time after this run's own end"
                .to_owned(),
        })
    }
}

impl Drop for Workplace {
    /// A run that panicked or was given up leaves here, on a thread and a runtime of its own.
    fn drop(&mut self) {
        if (self.site.schemas_made, self.site.queue_made) == (Made::No, Made::No) {
            return;
        }
        // Let go of at once, and its lock with it.
        self.admin.take();
        let site = self.site.clone();
        let leaving = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(Self::bare(site).leave());
            }
        });
        // Should it panic too, the list of what is left still says what there was.
        let _ = leaving.join();
    }
}

/// Eight letters and digits that no other run has.
fn random_mark() -> Result<String, RunError> {
    let mut bytes = [0_u8; 4];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes).map_err(|fault| RunError::Random(fault.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
