//! Every command in the README.
