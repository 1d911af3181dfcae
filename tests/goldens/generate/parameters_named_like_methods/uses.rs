use crate::Client;

fn setters(client: &Client) {
    let _ = client.named_optional().options("a").client("b").new("c").type_("d").send_("e").send();
}
