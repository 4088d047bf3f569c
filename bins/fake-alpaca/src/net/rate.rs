//! How many requests a key has left is decided here: a fixed number in each minute of the wall
//! clock, told in the headers of every answer.

use crate::net::Reply;

/// What a key may ask for in one minute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    limit: u32,
    used: u32,
    /// Minutes since 1970.
    minute: u64,
}

impl Budget {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, used: 0, minute: 0 }
    }

    /// Takes one; false if there is none left in this minute.
    pub(crate) fn take(&mut self, unix_ms: u64) -> bool {
        let minute = unix_ms.div_euclid(60_000);
        if minute != self.minute {
            (self.minute, self.used) = (minute, 0);
        }
        self.used = self.used.saturating_add(1);
        self.used <= self.limit
    }

    /// Nothing is left of this minute.
    pub(crate) fn exhaust(&mut self) {
        self.used = self.used.max(self.limit);
    }

    /// Writes the headers that tell what is left, and until when.
    pub(crate) fn tell(&self, reply: &mut Reply) {
        let reset = self.minute.saturating_add(1).saturating_mul(60);
        let left = self.limit.saturating_sub(self.used);
        reply.headers.push(("X-RateLimit-Limit", self.limit.to_string()));
        reply.headers.push(("X-RateLimit-Remaining", left.to_string()));
        reply.headers.push(("X-RateLimit-Reset", reset.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_and_the_next_as_many_again() {
        let mut budget = Budget::new(2);
        assert!(budget.take(60_000) && budget.take(119_999));
        assert!(!budget.take(119_999));
        assert!(budget.take(120_000));
        let mut reply = Reply::nothing();
        budget.tell(&mut reply);
        let told: Vec<&str> = reply.headers.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(told, ["2", "1", "180"]);
    }
}
