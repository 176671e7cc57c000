//! All operations by name: how a call that arrives as data finds its type.

use serde_json::Value;

use super::operation::{Operation, Service};
use super::{Credentials, World};
use super::{iam, organizations, sts};
use crate::AwsError;

type Handler = fn(&mut World, &Credentials, Value) -> Result<Value, AwsError>;

impl World {
    /// Serves a call given as data: `service` is `organizations`, `iam` or `sts`, `operation` and
    /// the parameters are spelled as AWS spells them. The answer is spelled so too.
    ///
    /// # Errors
    /// What AWS would answer instead; `InvalidAction` where the operation is not simulated.
    pub fn call(
        &mut self,
        credentials: &Credentials,
        service: &str,
        operation: &str,
        parameters: Value,
    ) -> Result<Value, AwsError> {
        let handler = Service::from_prefix(service).and_then(|service| match service {
            Service::Organizations => organizations::handler(operation),
            Service::Iam => iam::handler(operation),
            Service::Sts => sts::handler(operation),
        });
        match handler {
            Some(handler) => handler(self, credentials, parameters),
            None => {
                let message = format!("The simulated {service} does not know {operation}");
                Err(AwsError::new("InvalidAction", 400, message))
            }
        }
    }
}

/// The handler among `handlers` whose operation has the name.
pub(crate) fn find(handlers: &[(&str, Handler)], operation: &str) -> Option<Handler> {
    handlers.iter().find(|(name, _)| *name == operation).map(|(_, handler)| *handler)
}

/// Serves `O`, its input and output as data.
pub(crate) fn handle<O: Operation>(
    world: &mut World,
    credentials: &Credentials,
    parameters: Value,
) -> Result<Value, AwsError> {
    let operation: O = serde_json::from_value(parameters).map_err(|error| {
        O::SERVICE.invalid_parameters(format!("1 validation error detected: {error}"))
    })?;
    let output = world.serve(credentials, operation)?;
    serde_json::to_value(output)
        .map_err(|error| AwsError::new("ServiceFailure", 500, error.to_string()))
}

/// A function `handler(name)` over these operations.
macro_rules! handlers {
    ($($operation:ty),* $(,)?) => {
        /// The handler of the operation with this name.
        pub(crate) fn handler(
            name: &str,
        ) -> Option<
            fn(
                &mut crate::world::World,
                &crate::Credentials,
                serde_json::Value,
            ) -> Result<serde_json::Value, crate::AwsError>,
        > {
            crate::world::table::find(
                &[$((
                    <$operation as crate::world::operation::Operation>::NAME,
                    crate::world::table::handle::<$operation>,
                )),*],
                name,
            )
        }
    };
}
pub(crate) use handlers;
