//! Lost links, killed servers, and coming back.
