//! Rules on access keys over a finished plan, written apart from the planner.

use super::{AccessKeyId, DesiredKeys, KEYS_MAX, KeyRecord};
use crate::{DesiredForm, DesiredIdentity, Observation, ObservedForm, Step, Violation};

/// The rule on access keys that the steps break, one after the other.
pub(crate) fn check_keys(
    steps: &[Step],
    desired: &DesiredIdentity,
    observation: &Observation,
) -> Option<Violation> {
    let wants_one = matches!(desired.form, DesiredForm::User { keys: DesiredKeys::One(_) });
    let mut keys = KeysNow::of(observation);
    let worked = keys.works();
    for step in steps {
        keys.take(step);
        if wants_one && worked && !keys.works() {
            return Some(Violation::NoWorkingKey);
        }
        if keys.count > KEYS_MAX {
            let (count, max) = (keys.count, KEYS_MAX);
            return Some(Violation::QuotaExceeded { quota: "access keys", count, max });
        }
    }
    None
}

/// The keys of a user between two steps.
struct KeysNow {
    count: usize,
    active: Vec<AccessKeyId>,
    current: Option<AccessKeyId>,
}

impl KeysNow {
    fn of(observation: &Observation) -> Self {
        let found = observation.identity();
        let keys = match found.map(|found| &found.form) {
            Some(ObservedForm::User { keys, .. }) => keys.as_slice(),
            _ => &[],
        };
        let active = keys.iter().filter(|key| key.active).map(|key| key.id.clone());
        let record = found.and_then(|found| KeyRecord::of(&found.tags));
        let current = record.map(|record| record.current);
        Self { count: keys.len(), active: active.collect(), current }
    }

    /// Whether the recorded key can be used.
    fn works(&self) -> bool {
        self.current.as_ref().is_some_and(|current| self.active.contains(current))
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::CreateAccessKey { .. } => self.count += 1,
            Step::DeactivateAccessKey { id } => self.active.retain(|active| active != id),
            Step::DeleteAccessKey { id } => {
                self.count -= usize::from(self.count > 0);
                self.active.retain(|active| active != id);
            }
            Step::SwitchAccessKey { to, .. } => self.current = Some(to.clone()),
            _ => {}
        }
    }
}
