use crate::generated::path_parameters::types::PathGetState;
use crate::{Client, RepoClient};

fn plain(client: &Client, repo: &RepoClient) {
    let _ = client.path_get("o", "r", 1, "name", PathGetState::Open, 1, "2020").per_page(1).page(2);
    let _ = repo.path_get(1, "name", PathGetState::Open, 1, "2020").send();
}
