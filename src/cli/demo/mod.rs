//! `palco demo`: a staged meeting through the real server, real links, the real store and real Opus packets.

mod bot;
mod cast;
mod cohost;
mod director;
mod house;
mod mouth;
mod pace;
mod part;
mod scratch;
mod script;
#[cfg(test)]
mod tests;
mod turn;

pub(in crate::cli) use mouth::Mouth;
pub(in crate::cli) use scratch::Scratch;

use std::ops::RangeInclusive;

use super::args::DemoArgs;
use super::context::Context;
use super::meet::{Sitting, first_connection, sit};
use super::output::{Failure, print};
use house::{House, Playbill};

/// How many scripted people there can be.
pub(super) const PEOPLE: RangeInclusive<i64> = cast::MIN_PEOPLE as i64..=cast::MAX_PEOPLE as i64;

/// The host, when nobody says who that is: a demo asks no questions.
const HOST: &str = "Stefano";

/// Stages the meeting and sits in as its host. Without a terminal it plays until told to stop, for scripts.
pub(super) async fn run(context: &Context, args: &DemoArgs) -> Result<(), Failure> {
    let seed = args.seed.unwrap_or_else(|| u64::from(rand::random::<u16>()));
    let host_name = context.name(&args.who).unwrap_or_else(|_| HOST.to_owned());
    let bill = Playbill {
        seed,
        speed: args.speed,
        people: usize::from(args.people),
        host_name: host_name.clone(),
        port: args.port,
        host: context.identity(&args.who)?,
    };
    let house = House::open(bill).await.map_err(|e| Failure::refused("demo", e))?;
    let result = attend(context, args, &house, host_name).await;
    let closed = house.close().await.map_err(|e| Failure::refused("demo", e));
    result.and(closed)?;
    print(&format!("palco demo --seed {seed}   stages this meeting again"))
}

async fn attend(context: &Context, args: &DemoArgs, house: &House, name: String) -> Result<(), Failure> {
    let mut sitting = Sitting::new(context, &args.who, &args.sound, &args.look, house.url())?;
    let join_line = format!("palco join {}", house.url());
    sitting.join_line = Some(join_line.clone());
    sitting.kept = None;
    let connected = first_connection(sitting.link(name, false, Some(house.opening().clone()))).await?;
    if sitting.is_plain() {
        print(&join_line)?;
    }
    sit(sitting, connected).await
}
