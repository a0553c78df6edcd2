//! Tests of what is an origin.

use super::Origin;

#[test]
fn an_origin_is_a_scheme_a_host_and_a_port() {
    for good in ["https://explorer.example", "http://localhost:3000", "http://[::1]:80"] {
        assert!(Origin::try_from(good.to_owned()).is_ok(), "{good}");
    }
    for bad in
        ["", "*", "null", "explorer.example", "https://a.example/", "https://a.example/b", "ftp://a", "http://u@a"]
    {
        assert!(Origin::try_from(bad.to_owned()).is_err(), "{bad}");
    }
}
