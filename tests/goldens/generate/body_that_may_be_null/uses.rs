use crate::generated::body_that_may_be_null::types::BodyThatMayBeNullRequiredFieldBody as Named;
use crate::{Client, Error};

async fn bodies(client: &Client) -> Result<(), Error> {
    client.body_that_may_be_null_optional_fields().debug(true).await?;
    client.body_that_may_be_null_optional_fields_of_a_required_body().await?;
    // Null and a value are apart only where the object has a required field.
    client.body_that_may_be_null_required_field().body(None).await?;
    client.body_that_may_be_null_required_field().body(Named::new("a")).await?;
    Ok(())
}
