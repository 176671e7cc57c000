//! All operations by name: how a call that arrives as data finds its type.

use serde_json::Value;

use super::operation::{Operation, Service};
use super::{Credentials, Distortion, World};
use super::{cost_reports, iam, organizations, sts};
use crate::AwsError;
use crate::faults::CallInfo;

/// A call that arrived as data, once its type is known.
pub(crate) trait Prepared: Send {
    /// What there is to know of it.
    fn info(&mut self, world: &World, credentials: &Credentials) -> CallInfo;

    /// Serves it; the answer is data again.
    fn serve(
        self: Box<Self>,
        world: &mut World,
        credentials: &Credentials,
        how: Option<&Distortion>,
    ) -> Result<Value, AwsError>;
}

type Handler = fn(Value) -> Result<Box<dyn Prepared>, AwsError>;

impl World {
    /// Serves a call given as data: `service` is `organizations`, `iam`, `sts` or `cur`, `operation`
    /// and the parameters are spelled as AWS spells them. The answer is spelled so too.
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
        prepare(service, operation, parameters)?.serve(self, credentials, None)
    }
}

/// Finds the type of a call that is given as data.
pub(crate) fn prepare(
    service: &str,
    operation: &str,
    parameters: Value,
) -> Result<Box<dyn Prepared>, AwsError> {
    let handler = Service::from_prefix(service).and_then(|service| match service {
        Service::Organizations => organizations::handler(operation),
        Service::Iam => iam::handler(operation),
        Service::Sts => sts::handler(operation),
        Service::CostReports => cost_reports::handler(operation),
    });
    match handler {
        Some(handler) => handler(parameters),
        None => {
            let message = format!("The simulated {service} does not know {operation}");
            Err(AwsError::new("InvalidAction", 400, message))
        }
    }
}

/// The handler among `handlers` whose operation has the name.
pub(crate) fn find(handlers: &[(&str, Handler)], operation: &str) -> Option<Handler> {
    handlers.iter().find(|(name, _)| *name == operation).map(|(_, handler)| *handler)
}

/// Reads the input of `O`.
pub(crate) fn read<O: Operation + Send + 'static>(
    parameters: Value,
) -> Result<Box<dyn Prepared>, AwsError> {
    let operation: O = serde_json::from_value(parameters).map_err(|error| {
        O::SERVICE.invalid_parameters(format!("1 validation error detected: {error}"))
    })?;
    Ok(Box::new(operation))
}

impl<O: Operation + Send> Prepared for O {
    fn info(&mut self, world: &World, credentials: &Credentials) -> CallInfo {
        world.call_info(credentials, self)
    }

    fn serve(
        self: Box<Self>,
        world: &mut World,
        credentials: &Credentials,
        how: Option<&Distortion>,
    ) -> Result<Value, AwsError> {
        let output = match how {
            Some(how) => world.serve_distorted(credentials, *self, how),
            None => world.serve(credentials, *self),
        }?;
        serde_json::to_value(output)
            .map_err(|error| AwsError::new("ServiceFailure", 500, error.to_string()))
    }
}

/// A function `handler(name)` over these operations.
macro_rules! handlers {
    ($($operation:ty),* $(,)?) => {
        /// The handler of the operation with this name.
        pub(crate) fn handler(
            name: &str,
        ) -> Option<
            fn(
                serde_json::Value,
            ) -> Result<Box<dyn crate::world::table::Prepared>, crate::AwsError>,
        > {
            crate::world::table::find(
                &[$((
                    <$operation as crate::world::operation::Operation>::NAME,
                    crate::world::table::read::<$operation>,
                )),*],
                name,
            )
        }
    };
}
pub(crate) use handlers;
