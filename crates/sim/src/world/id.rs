//! Ids that look like AWS's: from a seed and a counter, so that a world is the same each time.

use digitalex_core::AccountId;

use super::State;

const BASE32: &[u8; 32] = b"234567ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE36: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

impl State {
    /// A unique id of IAM: four letters of `prefix`, then 17 of base 32.
    pub(crate) fn unique_id(&mut self, prefix: &str) -> String {
        format!("{prefix}{}", digits(self.next_number(), BASE32, 17))
    }

    /// An id of Organizations: `prefix`, then `length` characters of base 36.
    pub(crate) fn organizations_id(&mut self, prefix: &str, length: usize) -> String {
        format!("{prefix}{}", digits(self.next_number(), BASE36, length))
    }

    /// The id of a new access key. It tells the account, as AWS's do.
    pub fn access_key_id(&mut self, account: AccountId) -> String {
        let number = String::from(account).parse().unwrap_or_default();
        let serial = self.next_number();
        format!("AKIA{}{}", padded(number, 8), digits(serial, BASE32, 8))
    }

    /// The id of a new account, twelve digits and not yet in use.
    pub(crate) fn account_id(&mut self) -> AccountId {
        loop {
            let number = 100_000_000_000 + self.next_number() % 900_000_000_000;
            match AccountId::from_number(number) {
                Some(id) if !self.accounts.contains_key(&id) => return id,
                _ => {}
            }
        }
    }

    fn next_number(&mut self) -> u64 {
        self.ids_made += 1;
        scramble(self.seed.wrapping_add(self.ids_made.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }
}

/// The account that an access key id tells.
pub(crate) fn account_of_key(id: &str) -> Option<AccountId> {
    let mut number = 0;
    for byte in id.strip_prefix("AKIA")?.as_bytes().get(..8)? {
        let digit = BASE32.iter().position(|letter| letter == byte)?;
        number = number * 32 + digit as u64;
    }
    AccountId::from_number(number)
}

/// `number` in base 32, filled up to `length`: sorts as the numbers do.
pub(crate) fn padded(number: u64, length: usize) -> String {
    let mut letters: Vec<char> = (0..length)
        .map(|place| char::from(BASE32[(number >> (5 * place.min(12))) as usize & 31]))
        .collect();
    letters.reverse();
    letters.into_iter().collect()
}

/// `length` characters that `number` alone decides; different for different numbers where
/// `length` holds 64 bits.
pub(crate) fn digits(number: u64, alphabet: &[u8], length: usize) -> String {
    let base = alphabet.len() as u64;
    let mut rest = number;
    (0..length)
        .map(|place| {
            if rest == 0 {
                rest = scramble(number ^ place as u64);
            }
            let digit = rest % base;
            rest /= base;
            char::from(alphabet[digit as usize])
        })
        .collect()
}

/// The finaliser of SplitMix64: a bijection.
pub(crate) const fn scramble(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
