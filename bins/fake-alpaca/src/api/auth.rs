//! Whose request it is is decided here: by two headers, or HTTP Basic.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::net::{Request, Shared, Site};
use crate::settings::Environment;
use crate::wire::error::ApiError;

/// The account whose keys the request bears.
pub(crate) fn owner(request: &Request, site: Site, shared: &Shared) -> Result<usize, ApiError> {
    let (key, secret) = keys(request).ok_or_else(ApiError::unauthorized)?;
    match site {
        Site::Trading(environment) => holder(&key, &secret, environment, shared),
        // Market data is one host for both environments.
        Site::Data => holder(&key, &secret, Environment::Paper, shared)
            .or_else(|_| holder(&key, &secret, Environment::Live, shared)),
    }
}

/// The account with these keys in this environment.
pub(crate) fn holder(
    key: &str,
    secret: &str,
    environment: Environment,
    shared: &Shared,
) -> Result<usize, ApiError> {
    let world = shared.world.lock();
    let mut accounts = world.accounts.iter().map(|account| &account.settings);
    let index = accounts.position(|it| it.key_id.as_deref() == Some(key));
    let settings = index.and_then(|index| world.accounts.get(index)).map(|it| &it.settings);
    let (Some(index), Some(settings)) = (index, settings) else {
        return Err(ApiError::unauthorized());
    };
    if settings.environment != environment {
        return Err(ApiError::other_environment());
    }
    if settings.secret_key.as_deref() != Some(secret) {
        return Err(ApiError::wrong_secret());
    }
    Ok(index)
}

fn keys(request: &Request) -> Option<(String, String)> {
    let header = |name| request.header(name).map(str::to_owned);
    if let (Some(key), Some(secret)) = (header("APCA-API-KEY-ID"), header("APCA-API-SECRET-KEY")) {
        return Some((key, secret));
    }
    let basic = request.header("authorization")?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(basic.trim()).ok()?).ok()?;
    let (key, secret) = text.split_once(':')?;
    Some((key.to_owned(), secret.to_owned()))
}
