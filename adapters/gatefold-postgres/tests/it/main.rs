//! PostgreSQL, real, in every test: a throw-away cluster that is killed, starved and lied to.

mod kit;

mod sessions;
