//! Every screen at every size.
