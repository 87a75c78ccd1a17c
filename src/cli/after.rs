//! What a server does when a meeting has ended, as the settings say.

use std::fs;

use crate::server::{Hook, Minutes};
use crate::wire::Secret;

use super::context::Context;
use super::minutes;
use super::output::Failure;
use super::zone::utc_offset_secs;

/// How the minutes are written.
pub(crate) fn written(context: &Context) -> Result<Minutes, Failure> {
    let set = &context.config.server;
    let form = minutes::form(context, None, set.minutes_template.as_deref())?;
    Ok(Minutes { form, server: set.url.clone(), utc_offset_secs })
}

/// Who is told.
pub(crate) fn hook(context: &Context) -> Result<Option<Hook>, Failure> {
    let set = &context.config.hook;
    match (set.command.as_slice(), &set.url) {
        ([], None) => Ok(None),
        ([], Some(url)) => {
            let to = url.parse().map_err(|why| Failure::usage(format!("[hook] url: “{url}” {why}")))?;
            let secret = match &set.secret_file {
                Some(file) => Some(secret(file)?),
                None => None,
            };
            Ok(Some(Hook::Post { to, secret }))
        }
        (command, None) => Ok(Some(Hook::Command(command.to_vec()))),
        (_, Some(_)) => {
            Err(Failure::usage("[hook] has a command and a url; a program can post, so keep one"))
        }
    }
}

fn secret(file: &std::path::Path) -> Result<Secret, Failure> {
    let wrong = |why: String| Failure::usage(format!("[hook] secret-file: {} {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|e| wrong(format!("cannot be read ({e})")))?;
    Secret::new(&text).ok_or_else(|| wrong("is empty, or has more than 256 bytes".to_owned()))
}
