//! The services of this domain, put together.

use jobs::{Registry, Schedule, ScheduleError};
use web::Api;

use crate::machinery::Machinery;
use crate::providers;

/// Everything that this domain offers. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    machinery: Machinery,
}

impl Services {
    /// Services that work with `machinery`.
    pub fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Every operation of this domain.
    pub fn api(&self) -> Api {
        providers::routes::routes(self.machinery.providers.clone())
    }

    /// Who does which job of this domain.
    pub fn register(&self, _registry: &mut Registry) {}

    /// What happens by the clock (UTC).
    pub fn schedules() -> Result<Vec<Schedule>, ScheduleError> {
        Ok(Vec::new())
    }
}
