//! What one seed draws: the organization, the configuration, and what goes wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use digitalex_core::IdentityKind;
use digitalex_sim::faults::Fault;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::others::Deed;

/// A minute.
pub const MINUTE: Duration = Duration::from_secs(60);

/// What is simulated. All of it is drawn from the seed; a part can be changed without changing what
/// the rest draws.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Where all that is drawn comes from.
    pub seed: u64,
    /// Accounts, the management account among them.
    pub accounts: usize,
    /// How the accounts stand at first.
    pub start: Start,
    /// How the product reaches AWS.
    pub face: Face,
    /// What the product does.
    pub mode: Mode,
    /// The chance of each fault on each occasion. What is not here never happens.
    pub rates: BTreeMap<Fault, f64>,
    /// Only so many accounts meet faults of calls; all where none is named.
    pub faulty_accounts: Option<usize>,
    /// How long things go wrong.
    pub faulty_for: Duration,
    /// From the beginning of one pass to that of the next.
    pub interval: Duration,
    /// From one listing to the next.
    pub listing_interval: Duration,
    /// Most accounts visited at once.
    pub concurrency: usize,
    /// What other people do, and how often an hour.
    pub deeds: BTreeSet<Deed>,
    /// How often an hour.
    pub deeds_per_hour: f64,
    /// The chance that a process is killed at a moment of a call or a write to the store.
    pub kill_chance: f64,
    /// Whether hand-made roles are taken over.
    pub adopts: bool,
    /// How many policies one plan may remove.
    pub removals_max: usize,
    /// Whether accounts are entered by way of a hub role.
    pub hub: bool,
    /// Whether the management account takes part.
    pub management: bool,
    /// Whether a permissions boundary is declared.
    pub boundary: bool,
    /// Whether what is seen is stored, so that a process that is started again knows it; without, it has
    /// the journal alone, as a store that was lost.
    pub remembers: bool,
    /// Whether DigitalEx comes through users with access keys.
    pub keys: bool,
    /// What becomes of secrets.
    pub sink: SinkFate,
}

/// What becomes of secrets that are handed to the sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SinkFate {
    /// They are kept.
    Works,
    /// The first one is not.
    FailsOnce,
    /// The first one is, but the process is told that it is not.
    FailsOnceAfterKeeping,
    /// Many are not, while things go wrong, or are and the process is told that they are not.
    FailsOften,
}

/// How the accounts stand at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// As in a real organization: each otherwise.
    Mixed,
    /// No account has the role.
    Creation,
    /// Every account has the role, and each aspect of it differs.
    Repair,
    /// Every account has a hand-made role.
    Adoption,
    /// Every account has the user as it should be, but its key is too old.
    Rotation,
}

/// How the product reaches AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Over the engine's ports.
    Ports,
    /// Over the AWS SDK and HTTP, in process.
    Http,
}

/// What the product does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The daemon corrects.
    Correct,
    /// The daemon only looks.
    Observe,
    /// Somebody applies, again and again.
    Apply,
    /// Somebody audits, again and again.
    Audit,
}

impl Mode {
    /// Whether anything may be written.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Correct | Self::Apply)
    }
}

/// Every so many seeds one runs over HTTP.
const HTTP_EVERY: u64 = 100;
/// Over HTTP a call costs many times as much: such organizations are smaller.
const HTTP_ACCOUNTS_MAX: usize = 8;
/// How many times larger a huge organization is.
const HUGE: usize = 5;

impl Scenario {
    /// What the seed draws for an organization of so many accounts; a huge one has more, one over HTTP
    /// fewer.
    #[must_use]
    pub fn of_seed(seed: u64, accounts: usize) -> Self {
        let mut rng = SmallRng::seed_from_u64(seed);
        let face = if seed % HTTP_EVERY == HTTP_EVERY - 1 { Face::Http } else { Face::Ports };
        let mode = match rng.random_range(0..100) {
            0..72 => Mode::Correct,
            72..80 => Mode::Observe,
            80..93 => Mode::Apply,
            _ => Mode::Audit,
        };
        let rates = Fault::ALL.map(|fault| (fault, drawn_rate(fault, &mut rng)));
        let rates: BTreeMap<_, _> = rates.into_iter().filter(|(_, rate)| *rate > 0.0).collect();
        let deeds = Deed::ALL.into_iter().filter(|_| rng.random_bool(0.5)).collect();
        let interval = MINUTE * rng.random_range(12..30);
        let huge = rng.random_bool(0.02);
        let accounts = match face {
            Face::Http => accounts.min(HTTP_ACCOUNTS_MAX),
            Face::Ports if huge => accounts * HUGE,
            Face::Ports => accounts,
        };
        let of_roles = Self {
            seed,
            accounts,
            start: Start::Mixed,
            face,
            mode,
            rates,
            faulty_accounts: rng.random_bool(0.12).then(|| rng.random_range(1..4)),
            faulty_for: MINUTE * rng.random_range(20..55),
            interval,
            listing_interval: MINUTE * rng.random_range(8..25),
            concurrency: rng.random_range(2..40),
            deeds,
            deeds_per_hour: rng.random_range(0.0..30.0),
            kill_chance: if rng.random_bool(0.4) { rng.random_range(0.0..0.0006) } else { 0.0 },
            adopts: rng.random_bool(0.4),
            hub: rng.random_bool(0.2),
            management: rng.random_bool(0.4),
            boundary: rng.random_bool(0.2),
            remembers: rng.random_bool(0.35),
            removals_max: if rng.random_bool(0.3) { 2 } else { 10 },
            keys: false,
            sink: SinkFate::Works,
        };
        of_roles.with_keys(&mut rng)
    }

    /// One in some scenarios is of users with access keys.
    fn with_keys(mut self, rng: &mut SmallRng) -> Self {
        if !rng.random_bool(0.25) {
            return self;
        }
        self.keys = true;
        self.start = if rng.random_bool(0.5) { Start::Rotation } else { Start::Mixed };
        self.sink = if rng.random_bool(0.5) { SinkFate::FailsOften } else { SinkFate::Works };
        self.deeds.extend(Deed::OF_KEYS.into_iter().filter(|_| rng.random_bool(0.5)));
        self
    }

    /// A role or a user.
    #[must_use]
    pub fn kind(&self) -> IdentityKind {
        if self.keys { IdentityKind::User } else { IdentityKind::Role }
    }

    /// A scenario of one account and the management account, in which nothing goes wrong but crashes.
    #[must_use]
    pub fn of_crashes(start: Start, mode: Mode, keys: bool, sink: SinkFate) -> Self {
        Self {
            seed: 1,
            accounts: 2,
            start,
            face: Face::Ports,
            mode,
            rates: BTreeMap::new(),
            faulty_accounts: None,
            faulty_for: Duration::ZERO,
            interval: MINUTE * 12,
            listing_interval: MINUTE * 10,
            concurrency: 2,
            deeds: BTreeSet::new(),
            deeds_per_hour: 0.0,
            kill_chance: 0.0,
            adopts: start == Start::Adoption,
            hub: false,
            management: false,
            boundary: false,
            remembers: true,
            removals_max: 10,
            keys,
            sink,
        }
    }

    /// The same, reached so.
    #[must_use]
    pub fn over(mut self, face: Face) -> Self {
        if face == Face::Http {
            self.accounts = self.accounts.min(HTTP_ACCOUNTS_MAX);
        }
        Self { face, ..self }
    }

    /// Whether a second daemon runs over the same store.
    #[must_use]
    pub fn has_second(&self) -> bool {
        self.mode == Mode::Correct && self.rates.contains_key(&Fault::TwoDaemons)
    }
}

/// How often the fault shows on an occasion; never in most seeds, so that what one fault hides another
/// seed shows.
fn drawn_rate(fault: Fault, rng: &mut SmallRng) -> f64 {
    let (chance, rate) = match fault {
        // Of these every call meets the same, for so long.
        Fault::DnsFailure | Fault::ClockSkew | Fault::StsRegionDown => (0.12, 0.06),
        Fault::RegionOutage => (0.06, 0.35),
        Fault::ServerErrorStorm => (0.2, 0.08),
        Fault::OrganizationsThrottle => (0.25, 0.2),
        Fault::IamThrottle => (0.3, 0.1),
        Fault::QuotaReached | Fault::MalformedPolicy => (0.15, 0.05),
        Fault::TemporarilyUnmodifiable => (0.25, 0.1),
        Fault::TokenExpired | Fault::TokenRepeated => (0.3, 0.15),
        Fault::EmptyPage => (0.3, 0.3),
        Fault::ShortPage => (0.3, 0.3),
        Fault::StaleList => (0.3, 0.15),
        Fault::StatusGone => (0.1, 1.0),
        Fault::StaleAfterCreate | Fault::StaleAfterPut | Fault::PutAfterCreate => (0.3, 0.5),
        Fault::CreateRace => (0.15, 0.2),
        Fault::DeleteConflict => (0.4, 0.5),
        Fault::DiskFull => (0.15, 0.1),
        Fault::TwoDaemons => (0.12, 1.0),
        Fault::SlowAnswer => (0.2, 0.005),
        Fault::ProviderFails => (0.15, 0.005),
        Fault::CredentialsExpired => (0.2, 0.02),
        Fault::PrincipalGone => (0.2, 0.1),
        Fault::AccountNotReady => (1.0, 1.0),
        _ => (0.3, 0.02),
    };
    let (is_on, share) = (rng.random_bool(chance), rng.random_range(0.2..1.0));
    if is_on { rate * share } else { 0.0 }
}
