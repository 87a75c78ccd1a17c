//! `palco join`.

use super::args::JoinArgs;
use super::context::Context;
use super::meet::{Sitting, first_connection, sit};
use super::output::Failure;

/// Joins a meeting and shows it until the person leaves.
pub(super) async fn run(context: &Context, args: &JoinArgs) -> Result<(), Failure> {
    let url = context.trusted(&args.url).await?;
    let sitting = Sitting::new(context, &args.who, &args.sound, &args.look, &url)?;
    let name = context.name(&args.who)?;
    let connected = first_connection(sitting.link(name, args.listen_only, None)).await?;
    sit(sitting, connected).await
}
