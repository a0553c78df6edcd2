//! Messages of peers: what is read has one spelling, and no head lets through more than its kind may have.

#![no_main]

use faic_network::{NetworkMessage, message::MESSAGE_BYTES_MAX};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = NetworkMessage::from_bytes(bytes) else { return };
    assert_eq!(message.to_bytes(), bytes);
    assert!(bytes.len() <= MESSAGE_BYTES_MAX);
    let _ = (message.name(), message.is_request(), message.is_gossip());
    if let NetworkMessage::NodeState(signed) = &message {
        let _ = (signed.verify(), signed.node.to_string());
    }
    if let NetworkMessage::NodeList(nodes) = &message {
        for address in nodes.iter().flat_map(|node| &node.addresses) {
            let _ = (address.to_string(), address.node(), address.ip(), address.tcp_port());
        }
    }
});
