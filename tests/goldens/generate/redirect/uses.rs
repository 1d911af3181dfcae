use crate::{Client, Error, SignedUrl};

async fn location(client: &Client) -> Result<SignedUrl, Error> {
    client.redirects_download(1).location().await
}
