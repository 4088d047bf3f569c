//! PostgreSQL, real, in every test: a throw-away cluster that is killed, starved and lied to.

mod kit;
mod world;

mod sessions;

mod migrations;
mod schema;

mod inbox;

mod projector;
mod rebuild;

mod roles;
