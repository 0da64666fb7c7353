//! Output of attempts in compressed chunks.
