use crate::generated::list_that_is_an_object::types::{PagedItem, PagesListResponse};
use crate::{Client, Error, Items, Response};

fn lists(client: &Client) {
    let _: Items<PagedItem> = client.pages_list().stream();
}

async fn one(client: &Client) -> Result<Response<PagesListResponse>, Error> {
    client.pages_list().send().await
}
