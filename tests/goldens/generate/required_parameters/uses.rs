use crate::Client;
use crate::generated::required_parameters::types::{OwnerId, RefName, RequiredGetSort, State};

fn plain(client: &Client, name: &RefName, at: jiff::Timestamp, any: &str) {
    let _ = client.required_get(
        any,
        5,
        1_u8,
        true,
        ["a"],
        3,
        7,
        [OwnerId::from(1)],
        [1, 2],
        1,
        0.5,
        name,
        at,
        RequiredGetSort::Newest,
        vec![String::new()],
        [State::Open],
        ["t"],
        "text",
    );
}
