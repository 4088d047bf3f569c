//! What is measured: something that is done again and again for a while and counted.

use std::time::Duration;

use gatefold_postgres::{Address, Session, migrate};
use throwaway_postgres::{Cluster, Database};

/// What came of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    /// So many were done ...
    pub(crate) count: u64,
    /// ... in this time.
    pub(crate) within: Duration,
}

impl Done {
    pub(crate) fn per_second(&self) -> f64 {
        let count = u32::try_from(self.count).map_or(f64::MAX, f64::from);
        count / self.within.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// Something that is measured.
pub(crate) trait Case {
    /// What it is, in a few words.
    fn name(&self) -> &'static str;

    /// What it must be at least, as a multiple of plain inserts.
    fn times_min(&self) -> Option<f64> {
        None
    }

    /// What it must be at least, per second.
    fn per_second_min(&self) -> Option<f64> {
        None
    }

    /// What else is to be said of what was measured, once all of it is done.
    fn remark(&self) -> Option<String> {
        None
    }

    /// Does it for about so long.
    fn run(&mut self, each: Duration) -> Done;
}

/// The database that everything is measured in.
pub(crate) struct World {
    pub(crate) database: Database,
}

impl World {
    pub(crate) fn new(cluster: &Cluster) -> Self {
        let database = cluster.database("bench").expect("a database");
        let world = Self { database };
        migrate(&mut Session::new(world.address())).expect("the schema");
        world
    }

    /// Over the unix socket: least is between the figures and the server.
    pub(crate) fn address(&self) -> Address {
        Address::parse(&self.database.socket_url("postgres")).expect("an address")
    }
}
