//! The faults, by the numbers that they go by everywhere in this project.

/// A macro of one enum, its numbers, and what each shows as.
macro_rules! faults {
    ($($number:literal $name:ident $about:literal),* $(,)?) => {
        /// What a rollout meets in a real organization.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Fault { $(#[doc = $about] $name = $number),* }

        impl Fault {
            /// All of them, in the order of their numbers.
            pub const ALL: [Self; 48] = [$(Self::$name),*];

            /// What it is, in a few words.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about),* }
            }
        }
    };
}

faults! {
    1 IamThrottle "IAM or STS throttles in bursts",
    2 OrganizationsThrottle "Organizations throttles in bursts",
    3 QuotaReached "an IAM quota is reached",
    4 EmptyPage "a page without items has a token",
    5 ShortPage "a page is shorter than asked for",
    6 TokenExpired "a page token expires in mid-list",
    7 TokenRepeated "a page token comes twice",
    8 StaleList "a listing leaves an account out",
    9 StaleAfterCreate "a new role does not show yet",
    10 StaleAfterPut "a read shows what was before a write",
    11 PutAfterCreate "a write does not find the role that was just created",
    12 CreateRace "someone else creates the role first",
    13 LostResponse "the connection breaks, and nobody knows what was executed",
    14 ExecutedServerError "a 5xx though the call was executed",
    15 ServerErrorStorm "5xx after 5xx, in HTML",
    16 TruncatedAnswer "an answer is cut short",
    17 ConcurrentModification "another write is under way",
    18 TemporarilyUnmodifiable "the entity is locked for a while",
    19 DeleteConflict "a removal is blocked",
    20 CredentialsExpired "a session expires in mid-run",
    21 ProviderFails "the credentials are not there for once",
    22 RoleChainCap "a chained session is capped at an hour",
    23 ClockSkew "the local clock is wrong",
    24 StsRegionDown "STS of the Region is down",
    25 RegionOutage "us-east-1 is out for an hour",
    26 DnsFailure "no name resolves",
    27 SlowAnswer "an answer drips in until nobody waits any more",
    28 NoAdminRole "an invited account has no admin role",
    29 SuspendedMidRun "an account is suspended in mid-run",
    30 LeftOrganization "an account is closed, or leaves",
    31 StatusGone "Account.Status, or State, is not sent",
    32 AccountNotReady "a new account is not ready yet",
    33 ScpDenies "a service control policy denies IAM",
    34 RoleProtected "a service control policy protects the role",
    35 BoundaryDemanded "a service control policy demands a boundary",
    36 ForeignRole "someone else's role has the name",
    37 TagRemoved "our tag is gone",
    38 PathMismatch "the role stands at another path",
    39 RoleRecreated "someone has created the role anew",
    40 MalformedPolicy "IAM refuses the document, for now",
    41 PrincipalGone "a principal shows as a unique id",
    42 ExtraPolicy "an extra policy is attached",
    43 KilledMidCreation "killed between CreateRole and what follows",
    44 DiskFull "the store cannot be written, or is torn",
    45 TwoDaemons "a second daemon runs",
    46 HugeOrganization "an organization of many pages",
    47 UnicodeNames "accounts share a name, of any characters",
    48 ManagementAccount "the management account is reached otherwise, or left out",
}

impl Fault {
    /// Its number in the project's list.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The fault with this number.
    #[must_use]
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_should_be_numbered_without_a_gap() {
        for (index, fault) in Fault::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(fault.number()), index + 1);
            assert_eq!(Fault::of_number(fault.number()), Some(fault));
        }
        assert_eq!(Fault::of_number(49), None);
    }
}
