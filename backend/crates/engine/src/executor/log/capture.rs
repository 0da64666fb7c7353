//! Reading a task's stdout and stderr.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use tokio::net::unix::pipe;
use tokio_util::sync::CancellationToken;

use super::{Log, Stream};

/// What a pipe holds by default: one read empties it.
const READ_BYTES: usize = 64 * 1024;

/// How long output may still come when all processes of the task are gone. A process that left the tree unseen may
/// hold the pipes open for ever.
const PATIENCE: Duration = Duration::from_secs(1);

/// The reading ends of a task's pipes.
pub(in super::super) struct Capture {
    out: pipe::Receiver,
    err: pipe::Receiver,
}

impl Capture {
    /// Takes the reading ends.
    ///
    /// # Errors
    /// When they can't be registered for waiting.
    pub(in super::super) fn new(out: OwnedFd, err: OwnedFd) -> io::Result<Self> {
        Ok(Self { out: pipe::Receiver::from_owned_fd(out)?, err: pipe::Receiver::from_owned_fd(err)? })
    }

    /// Writes all that comes to the log, until both pipes are closed, or for a little while after `over`.
    pub(in super::super) async fn drain(self, log: &Log, over: &CancellationToken) {
        let given_up = async {
            over.cancelled().await;
            tokio::time::sleep(PATIENCE).await;
        };
        tokio::select! {
            () = self.read(log) => {}
            () = given_up => log.system("The output was still open after the task ended; the rest of it is not kept."),
        }
    }

    async fn read(&self, log: &Log) {
        let mut buffer = vec![0; READ_BYTES];
        let (mut out_open, mut err_open) = (true, true);
        while out_open || err_open {
            tokio::select! {
                ready = self.out.readable(), if out_open => {
                    out_open = ready.is_ok() && pass(&self.out, Stream::Out, &mut buffer, log);
                }
                ready = self.err.readable(), if err_open => {
                    err_open = ready.is_ok() && pass(&self.err, Stream::Err, &mut buffer, log);
                }
            }
        }
    }
}

/// Reads once; false at the end of the pipe.
fn pass(pipe: &pipe::Receiver, stream: Stream, buffer: &mut [u8], log: &Log) -> bool {
    match pipe.try_read(buffer) {
        Ok(0) => false,
        Ok(count) => {
            log.write(stream, &buffer[..count]);
            true
        }
        Err(error) => matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted),
    }
}
