//! Progress on a terminal: a bar where there is one, plain lines elsewhere; Ctrl-C asks to stop.
