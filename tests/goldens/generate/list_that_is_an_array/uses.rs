use crate::generated::list_that_is_an_array::types::Item;
use crate::{Client, Error, Items, Response};

fn lists(client: &Client) {
    let _: Items<Item> = client.arrays_list().page(2).stream();
    let _ = client.arrays_list().pages();
}

async fn one(client: &Client) -> Result<Response<Vec<Item>>, Error> {
    client.arrays_list().send().await
}
