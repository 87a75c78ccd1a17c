//! `palco serve`.

use crate::server::Settings;

use super::args::ServeArgs;
use super::context::Context;
use super::output::{Failure, print};
use super::place::{self, Place, told_to_stop};

/// Serves until told to stop.
pub(super) async fn run(context: &Context, args: &ServeArgs) -> Result<(), Failure> {
    let given = if args.owner.is_empty() { &context.config.server.owners } else { &args.owner };
    let owners = place::owners(given)?;
    let place = Place::take(context, &args.place).await?;
    let mut settings =
        Settings { owners, origins: args.origin.clone(), restarts: args.restarts, ..place.settings() };
    if let Some(limit) = args.max_per_address {
        settings.limits.per_address = limit;
    }
    print(&place.listening())?;
    if place.tls.is_some() {
        for url in place::urls(place.at, place.tls.as_ref(), "room")? {
            let shared = url.to_share().replacen("/room", "/ROOM", 1);
            print(&format!("palco join {shared}"))?;
        }
    }
    tracing::info!(at = %place.at, "listening");
    place.serve(settings, told_to_stop()).await
}
