//! `palco host`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::RoomUrl;
use crate::config::Room;
use crate::meeting::{Item, Terms};
use crate::server::{Settings, Tls};
use crate::sync::AgendaFormat;
use crate::wire::OpenRequest;

use super::args::{Agenda, HostArgs};
use super::context::Context;
use super::meet::{Connected, Sitting, first_connection, sit};
use super::output::{Failure, print};
use super::place::{Place, urls};

/// Opens a meeting, here or on a server, and runs it until the host leaves.
pub(super) async fn run(context: &Context, args: &HostArgs) -> Result<(), Failure> {
    let open = OpenRequest {
        title: args.title.clone().unwrap_or_else(|| args.room.clone()),
        length: args.length,
        agenda: agenda(&args.agenda)?,
        participation: args.participation,
        starts_at: args.at,
        terms: Terms { unattended: args.unattended, overrun: args.overrun },
    };
    match &args.server {
        Some(server) => {
            let url = RoomUrl::at_server(server, &args.room).map_err(Failure::usage)?;
            let url = context.trusted(&url).await?;
            let (mut sitting, connected) = take_chair(context, args, &url, open).await?;
            print(&join_line(&url))?;
            sitting.join_line = Some(join_line(&url));
            sit(sitting, connected).await
        }
        None => host_here(context, args, open).await,
    }
}

/// The items, in the order of the options; a file stands for those in it.
fn agenda(given: &[Agenda]) -> Result<Vec<Item>, Failure> {
    let mut items = Vec::new();
    for one in given {
        match one {
            Agenda::Item(item) => items.push(item.clone()),
            Agenda::File(path) => items.extend(agenda_file(path)?),
        }
    }
    Ok(items)
}

fn agenda_file(path: &Path) -> Result<Vec<Item>, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::usage(format!("the agenda {name} cannot be read ({e})")))?;
    AgendaFormat::of(&name.to_string()).parse(&text).map_err(|e| Failure::usage(format!("{name}:{e}")))
}

/// Runs the server in this process for as long as the host sits in the meeting.
async fn host_here(context: &Context, args: &HostArgs, open: OpenRequest) -> Result<(), Failure> {
    // What is wrong with the name or the key is said before anything listens.
    RoomUrl::new("localhost", 1, &args.room).map_err(Failure::usage)?;
    context.name(&args.who)?;
    let me = context.identity(&args.who)?.id();
    let place = Place::take(context, &args.place).await?;
    print(&place.listening())?;
    let (at, tls) = (place.at, place.tls.clone());
    let settings = Settings { owners: Some(vec![me]), ..place.settings() };
    let embedded = Embedded::start(place, settings);
    let result = host_at(context, args, (at, tls.as_ref()), open).await;
    let stopped = embedded.stop().await;
    result.and(stopped)
}

async fn host_at(
    context: &Context,
    args: &HostArgs,
    (at, tls): (SocketAddr, Option<&Tls>),
    open: OpenRequest,
) -> Result<(), Failure> {
    let here = own_end(at);
    let mut url = RoomUrl::new(&here.ip().to_string(), here.port(), &args.room).map_err(Failure::usage)?;
    if let Some(tls) = tls {
        url = url.with_tls(Some(tls.pin()));
    }
    let (mut sitting, connected) = take_chair(context, args, &url, open).await?;
    for (n, url) in urls(at, tls, &args.room)?.into_iter().enumerate() {
        let line = join_line(&url);
        context.keep_own(&url);
        print(&line)?;
        if n == 0 {
            sitting.kept = Some(Room { url: url.to_string(), own: true, ..Room::default() });
            sitting.join_line = Some(line);
        }
    }
    sit(sitting, connected).await
}

async fn take_chair(
    context: &Context,
    args: &HostArgs,
    url: &RoomUrl,
    open: OpenRequest,
) -> Result<(Sitting, Connected), Failure> {
    let sitting = Sitting::new(context, &args.who, &args.sound, &args.look, url)?;
    let name = context.name(&args.who)?;
    let connected = first_connection(sitting.link(name, false, Some(open))).await?;
    Ok((sitting, connected))
}

/// What others type to join.
fn join_line(url: &RoomUrl) -> String {
    format!("palco join {}", url.to_share())
}

/// Where this process reaches its own listener.
fn own_end(at: SocketAddr) -> SocketAddr {
    let ip = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, at.port())
}

/// A server in this process.
struct Embedded {
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), Failure>>,
}

impl Embedded {
    fn start(place: Place, settings: Settings) -> Self {
        let (stop, stopped) = oneshot::channel();
        let shutdown = async {
            // A dropped sender stops the server too.
            let _ = stopped.await;
        };
        Self { stop, task: tokio::spawn(place.serve(settings, shutdown)) }
    }

    /// Tells every seat, flushes the log and waits for both.
    async fn stop(self) -> Result<(), Failure> {
        // A server that is over already has nobody to tell.
        let _ = self.stop.send(());
        match self.task.await {
            Ok(result) => result,
            Err(e) => Err(Failure::refused("server", format!("the server failed ({e}); the log says why"))),
        }
    }
}
