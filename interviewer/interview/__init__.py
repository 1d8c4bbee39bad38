"""The interview: plan, pick, probe, session, runner."""
