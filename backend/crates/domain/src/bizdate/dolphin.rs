//! Time placeholders of DolphinScheduler.
