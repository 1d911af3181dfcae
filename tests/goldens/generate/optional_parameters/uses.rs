use crate::Client;
use crate::generated::optional_parameters::types::{OptionalGetSort, State};

fn all(client: &Client, at: jiff::Timestamp) {
    let request = client.optional_get().bounded(100).count(1).flag(true).labels(["a"]).low(1);
    let request = request.owner_id(1).owner_ids([1]).piped([1]).positive(1).ratio(0.5).ref_name("main");
    let request = request.since(at).sort(OptionalGetSort::Oldest).spaced(["a"]).states([State::Closed]);
    let _ = request.tags(["a"]).text_("a").anything("a").one_or_many(["a", "b"]).send();
}
