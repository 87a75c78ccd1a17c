//! The way in over HTTP where a room's door is not open: a passcode or an invite, shown with each request or once for a
//! cookie.
//!
//! A pass keeps what the door said of the secret, not the secret. The room looks at it each time: with another passcode,
//! or when the invite is taken back, it opens nothing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    ACCEPT, AUTHORIZATION, CACHE_CONTROL, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, timeout};
use tracing::debug;

use super::{Outside, address, query};
use crate::meeting::ParticipantId;
use crate::server::door::{self, Passcode, Proof};
use crate::server::listener::Encrypted;
use crate::server::{handshake, origin};
use crate::wire::{Hello, Refusal, Secret, is_room_name};

/// The cookie, one for each room by its path.
const NAME: &str = "palco";

/// How long a cookie holds: a long evening. Nothing is kept over a restart.
const HOLDS: Duration = Duration::from_secs(12 * 60 * 60);

/// Cookies at once in all rooms; when there are more the oldest is forgotten, and its owner asked again.
const MAX_PASSES: usize = 10_000;

/// Bytes of a form: a secret of 256, each written in three, and its name.
const MAX_FORM: usize = 1_024;

/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The field of the form.
const FIELD: &str = "secret";

/// The field that says where in the room to go on to.
const TO: &str = "to";

/// Whether an address is one of the room's recordings: nobody is sent anywhere else.
fn is_ours(to: &str) -> bool {
    let rest = to.strip_prefix("recordings").map(|rest| rest.strip_prefix('/').unwrap_or(rest));
    rest.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
}

/// What somebody has shown at a room's door.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// Whom an invite made of them: an invite is for so many people.
    pub(super) guest: Option<ParticipantId>,
    pub(super) proof: Proof,
}

impl Default for Pass {
    fn default() -> Self {
        Self { guest: None, proof: Proof { is_lent: true, ..Proof::default() } }
    }
}

/// The passes that are out, by the hash of their cookies. The lock guards the list for a look-up.
#[derive(Debug, Default)]
pub(in crate::server) struct Passes(Mutex<HashMap<[u8; 32], Issued>>);

#[derive(Debug)]
struct Issued {
    room: String,
    pass: Pass,
    until: Instant,
}

impl Passes {
    fn find(&self, room: &str, token: &str) -> Option<Pass> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let issued = all.get(&door::hash(token)).filter(|i| i.room == room && i.until > Instant::now());
        issued.map(|i| i.pass.clone())
    }

    fn issue(&self, room: &str, token: &str, pass: Pass) {
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MAX_PASSES {
            all.retain(|_, issued| issued.until > now);
            let oldest = all.iter().min_by_key(|(_, issued)| issued.until).map(|(hash, _)| *hash);
            oldest.filter(|_| all.len() >= MAX_PASSES).map(|hash| all.remove(&hash));
        }
        all.insert(door::hash(token), Issued { room: room.to_owned(), pass, until: now + HOLDS });
    }
}

/// A person by what is told of them. No key has this fingerprint.
pub(super) fn nobody(told: &str) -> ParticipantId {
    ParticipantId(Sha256::digest(format!("palco: {told}")).into())
}

impl Pass {
    /// What a request shows: its cookie, or what it says in `Authorization`.
    ///
    /// # Errors
    /// The passcode is wrong, or too many were tried.
    pub(super) async fn of(
        outside: &Outside,
        room: &str,
        headers: &HeaderMap,
        from: IpAddr,
    ) -> Result<Self, Refusal> {
        if let Some(pass) = cookie(headers).and_then(|token| outside.passes.find(room, token)) {
            return Ok(pass);
        }
        match authorization(headers) {
            Some(secret) if is_room_name(room) => {
                let told = format!("who came from {from} by {}", door::hex(&door::hash(secret.expose())));
                Self::shown(outside, room, secret, (from, nobody(&told))).await
            }
            _ => Ok(Self::default()),
        }
    }

    /// Looks at a secret as far as it can be looked at without the room. Who shows an invite is `guest`.
    async fn shown(
        outside: &Outside,
        room: &str,
        secret: Secret,
        (from, guest): (IpAddr, ParticipantId),
    ) -> Result<Self, Refusal> {
        let is_invite = URL_SAFE_NO_PAD.decode(secret.expose()).is_ok_and(|bytes| bytes.len() == 32);
        let (invite, passcode) = if is_invite { (Some(secret), None) } else { (None, Some(secret)) };
        let hello = Hello { room: room.to_owned(), passcode, invite, ..Hello::default() };
        let rooms = &outside.rooms;
        let proof = rooms.registry.proof(guest, &hello, from, &rooms.shared).await?;
        match proof.passcode {
            Passcode::Wrong => Err(Refusal::WrongPasscode),
            _ => Ok(Self { guest: is_invite.then_some(guest), proof: Proof { is_lent: true, ..proof } }),
        }
    }

    /// As whom somebody with this pass looks on: all who see the same are one.
    pub(super) fn viewer(&self) -> ParticipantId {
        let told = match self.proof.passcode {
            Passcode::Right(salt) => format!("everybody who looks on with the passcode {}", door::hex(&salt)),
            _ => "everybody who looks on from outside".to_owned(),
        };
        self.guest.unwrap_or_else(|| nobody(&told))
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).map(|(_, token)| token)
}

/// The password of the Basic scheme (RFC 7617); whose name it is said under does not matter.
fn authorization(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, coded) = value.split_once(' ')?;
    let said = STANDARD.decode(coded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let said = String::from_utf8(said).ok()?;
    Secret::new(said.split_once(':')?.1)
}

/// Why somebody outside gets nothing: the status and what to do.
#[derive(Debug)]
pub(super) struct No {
    pub(super) status: StatusCode,
    why: String,
}

impl No {
    pub(super) fn new(status: StatusCode, why: impl ToString) -> Self {
        Self { status, why: format!("{}\n", why.to_string()) }
    }

    /// What the room or its door says, to a request with these headers.
    pub(super) fn refused(why: &Refusal, headers: &HeaderMap) -> Self {
        let is_page = headers.contains_key("sec-fetch-mode");
        match why {
            Refusal::NoSuchRoom { .. } => Self::new(StatusCode::NOT_FOUND, why),
            Refusal::TooManyTries => Self::new(StatusCode::TOO_MANY_REQUESTS, why),
            Refusal::NoSeat | Refusal::GoingAway | Refusal::Restart | Refusal::Internal => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, why)
            }
            // Programs are asked for the secret. In a browser the page asks.
            Refusal::NeedPasscode
            | Refusal::WrongPasscode
            | Refusal::NeedInvite
            | Refusal::BadInvite { .. }
            | Refusal::MembersOnly
                if !is_page =>
            {
                Self::new(StatusCode::UNAUTHORIZED, why)
            }
            Refusal::NotOnList { .. } => {
                let why = "the room is for the keys on its list, and a browser or a player has none: use `palco join`, `palco listen` or ssh";
                Self::new(StatusCode::FORBIDDEN, why)
            }
            _ => Self::new(StatusCode::FORBIDDEN, why),
        }
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let asks = (self.status == StatusCode::UNAUTHORIZED)
            .then_some([(WWW_AUTHENTICATE, r#"Basic realm="palco", charset="UTF-8""#)]);
        (self.status, asks, [(CACHE_CONTROL, "no-store")], self.why).into_response()
    }
}

/// Takes the form of the page: a secret for a cookie.
pub(super) async fn come_in(
    State(outside): State<Outside>,
    Path(room): Path<String>,
    request: Request,
) -> Result<Response, No> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let listed = &outside.rooms.shared.settings.origins;
    if !origin::is_allowed(text(headers, &ORIGIN).as_deref(), text(headers, &HOST).as_deref(), listed) {
        return Err(No::new(StatusCode::FORBIDDEN, "pages of that origin may not ask here"));
    }
    if !is_room_name(&room) {
        return Err(No::new(StatusCode::NOT_FOUND, "there is no such room"));
    }
    let bad = || No::new(StatusCode::BAD_REQUEST, "send a form with the field `secret`");
    let form = timeout(PATIENCE, to_bytes(body, MAX_FORM)).await.map_err(|_| bad())?.map_err(|_| bad())?;
    let form = str::from_utf8(&form).map_err(|_| bad())?;
    let field = |wanted| query::pairs(form).find(|(name, _)| *name == wanted).map(|(_, value)| value);
    let to = field(TO).filter(|to| is_ours(to)).map(|to| format!("/{to}")).unwrap_or_default();
    let secret = field(FIELD);
    let secret = secret.and_then(|value| Secret::new(&value)).ok_or_else(bad)?;
    let from = address(&parts.extensions);
    let token = handshake::token();
    let guest = nobody(&format!("whose cookie is {}", door::hex(&door::hash(&token))));
    let refused = |why: Refusal| {
        debug!(room, code = why.code(), "a pass over HTTP is refused");
        // The page shows the sentence itself.
        let no = No::refused(&why, headers);
        if no.status == StatusCode::UNAUTHORIZED { No::new(StatusCode::FORBIDDEN, why) } else { no }
    };
    let pass = Pass::shown(&outside, &room, secret, (from, guest)).await.map_err(refused)?;
    // The room has the last word; from now on the invite counts as used.
    outside.look_in(&room, &pass).await.map_err(refused)?;
    outside.passes.issue(&room, &token, pass);
    let secure = if parts.extensions.get::<Encrypted>().is_some() { "; Secure" } else { "" };
    let age = HOLDS.as_secs();
    let cookie = format!("{NAME}={token}; Path=/{room}; Max-Age={age}; HttpOnly; SameSite=Strict{secure}");
    let is_form = text(headers, &ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    let status = if is_form { StatusCode::SEE_OTHER } else { StatusCode::NO_CONTENT };
    let sent = [(SET_COOKIE, cookie), (LOCATION, format!("/{room}{to}")), (CACHE_CONTROL, "no-store".into())];
    Ok((status, sent).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_secret_is_read_from_the_headers() {
        assert_eq!(cookie(&with(COOKIE, "a=b; palco=x-y_z; palco2=c")), Some("x-y_z"));
        assert_eq!(cookie(&with(COOKIE, "xpalco=1")), None);
        let said = |value| authorization(&with(AUTHORIZATION, value)).map(|s| s.expose().to_owned());
        assert_eq!(said("Basic OmNvcnJlY3QgaG9yc2U="), Some("correct horse".into()));
        assert_eq!(said("basic YW5hOmE6Yg=="), Some("a:b".into()));
        for none in ["Basic !", "Basic OmE", "Bearer OmNvcnJlY3QgaG9yc2U=", "Basic OiA="] {
            assert_eq!(said(none), None, "{none}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_cookie_is_for_one_room_and_some_hours_and_there_are_not_too_many() {
        let passes = Passes::default();
        passes.issue("monday", "first", Pass::default());
        assert!(passes.find("monday", "first").is_some());
        assert!(passes.find("tuesday", "first").is_none() && passes.find("monday", "other").is_none());
        tokio::time::advance(Duration::from_secs(1)).await;
        for n in 0..MAX_PASSES {
            passes.issue("monday", &n.to_string(), Pass::default());
        }
        assert_eq!(passes.0.lock().unwrap().len(), MAX_PASSES);
        assert!(passes.find("monday", "first").is_none() && passes.find("monday", "0").is_some());
        tokio::time::advance(HOLDS).await;
        assert!(passes.find("monday", "0").is_none());
    }
}
