//! What several tests use: servers on a free port, folding clients, terminals.
