//! Notebooks: reading, running headless, checking and cleaning.
