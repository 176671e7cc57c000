//! The body of an answer, played in the runtime's time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep, TokioSleep};
use bytes::Bytes;
use http_body::{Body, Frame};

use super::{BodyPart, TransportError};

/// Plays the parts of a body, one after the other.
pub(super) struct ScriptedBody {
    parts: vec::IntoIter<BodyPart>,
    pause: Option<Sleep>,
}

impl ScriptedBody {
    pub(super) fn new(parts: Vec<BodyPart>) -> Self {
        Self { parts: parts.into_iter(), pause: None }
    }
}

impl Body for ScriptedBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(Pin::new(pause).poll(context));
                self.pause = None;
            }
            match self.parts.next() {
                Some(BodyPart::Pause(duration)) => {
                    self.pause = Some(TokioSleep::new().sleep(duration));
                }
                Some(BodyPart::Bytes(bytes)) => {
                    return Poll::Ready(Some(Ok(Frame::data(bytes.into()))));
                }
                Some(BodyPart::Break) => return Poll::Ready(Some(Err(TransportError::Broken))),
                None => return Poll::Ready(None),
            }
        }
    }
}
