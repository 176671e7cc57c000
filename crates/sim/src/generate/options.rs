//! What an organization is generated from.

use std::collections::BTreeMap;

use digitalex_core::{
    AccountId, Description, DesiredIdentity, ExternalId, IdentityKind, IdentityName, IdentityPath,
    IdentitySpec, IdentityTemplate, InvalidName, KeySpec, Partition, Profile, SessionDuration,
    TemplateError, UnknownProfile,
};

/// What the members of an organization are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fleet {
    /// Each scenario, most members ordinary.
    #[default]
    Mixed,
    /// Every member has the DigitalEx role as it should be.
    InSync,
    /// Every member can be entered, and has no DigitalEx role.
    Untouched,
}

/// What an organization is generated from.
#[derive(Debug, Clone)]
pub struct GeneratorOptions {
    /// How many accounts, the management account among them.
    pub accounts: usize,
    /// Where all that is random comes from.
    pub seed: u64,
    /// What the members are like.
    pub fleet: Fleet,
    /// The management account.
    pub management_account: AccountId,
    /// The external id of the roles that are right.
    pub external_id: ExternalId,
    /// The role that those in sync have, and from which the others drifted. Its account is of no
    /// matter.
    pub member_role: DesiredIdentity,
}

/// The role of the members cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum InvalidOptions {
    /// A name breaks IAM's rules.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// There is no such profile.
    #[error(transparent)]
    Profile(#[from] UnknownProfile),
    /// The template is not legal.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

impl GeneratorOptions {
    /// Options of a mixed fleet, whose role is profile `member` with the settings of the default configuration.
    ///
    /// # Errors
    /// The role cannot be made; not expected, since only the external id varies.
    pub fn new(
        accounts: usize,
        seed: u64,
        management_account: AccountId,
        external_id: ExternalId,
    ) -> Result<Self, InvalidOptions> {
        let spec = IdentitySpec {
            kind: IdentityKind::Role,
            role_name: IdentityName::new("digitalex-finops")?,
            user_name: IdentityName::new("digitalex-finops")?,
            path: IdentityPath::default(),
            description: Description::new(
                "DigitalEx cost governance, managed by digitalex-rollout",
            )?,
            max_session_duration: SessionDuration::default(),
            permissions_boundary: None,
            tags: BTreeMap::new(),
            profile: Profile::built_in("member")?,
            keys: KeySpec::default(),
        };
        let template = IdentityTemplate::new(spec, Partition::Aws, &external_id, None)?;
        let member_role = template.desired(management_account, 0)?;
        let fleet = Fleet::default();
        Ok(Self { accounts, seed, fleet, management_account, external_id, member_role })
    }
}
