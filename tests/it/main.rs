//! Integration tests, one binary so that two cores link once.
