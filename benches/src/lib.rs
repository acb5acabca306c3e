//! Peers of Tracezip behind one trait.
