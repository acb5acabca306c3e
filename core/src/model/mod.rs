//! What is predicted, one file a matter.
