//! The demo, from start to moving dashboard.
