//! Tests of payment requests: what is written is read, and what is not meant so is refused by name.

use proptest::{collection::vec, option, prelude::*};

use super::{
    EXPIRY_SECONDS_MAX, LABEL_BYTES_MAX, PAYMENT_REQUEST_BYTES_MAX, PaymentRequest, PaymentRequestError,
    REQUEST_MESSAGE_BYTES_MAX, RequestedPayment,
};
use crate::{
    address::{Address, AddressError},
    amount::{Amount, AmountError},
    network::Network,
    transaction::{MEMO_BYTES_MAX, OUTPUTS_MAX},
};

/// An address of the development network.
fn address(byte: u8) -> String {
    Address::from_bytes([byte; 32]).encode(Network::Dev)
}

/// Reads a request with that query to the address of 1.
fn with(query: &str) -> Result<PaymentRequest, PaymentRequestError> {
    PaymentRequest::parse(&format!("faic:{}?{query}", address(1)))
}

/// Every parameter of one receiver is read, unknown ones are not in the way, and the scheme may be in upper case.
#[test]
fn one_receiver() {
    let request =
        with("amount=12.5&memo=n%C2%B017&label=Caf%C3%A9+1&message=two%20cups&expires=1700000000&x=1").unwrap();
    let payment = &request.payments()[0];
    assert_eq!((request.network(), request.payments().len()), (Network::Dev, 1));
    assert_eq!(payment.amount, Amount::from_nano(12_500_000_000).ok());
    let texts = [&payment.memo, &payment.label, &payment.message];
    assert_eq!(texts, ["n°17", "Café+1", "two cups"]);
    assert_eq!((request.is_expired(1_699_999_999), request.is_expired(1_700_000_000)), (false, true));
    let upper = PaymentRequest::parse(&format!("FAIC:{}", address(1).to_uppercase())).unwrap();
    assert_eq!((upper.payments()[0].to, upper.payments()[0].amount), (Address::from_bytes([1; 32]), None));
    assert!(!upper.is_expired(u64::MAX));
}

/// Texts in Chinese are written percent-encoded, in letters that any QR code holds, and read alike.
#[test]
fn chinese_texts() {
    let payment = RequestedPayment {
        memo: "三月房租".to_owned(),
        label: "李雷的店".to_owned(),
        message: "两杯茶，谢谢".to_owned(),
        ..RequestedPayment::new(Address::from_bytes([1; 32]))
    };
    let request = PaymentRequest::new(Network::Dev, vec![payment], None).unwrap();
    let text = request.to_string();
    assert!(text.is_ascii() && text.contains("label=%E6%9D%8E%E9%9B%B7%E7%9A%84%E5%BA%97"), "{text}");
    assert_eq!(PaymentRequest::parse(&text), Ok(request));
}

/// Receivers are told apart by number and come in its order; the first may stand in the query (ZIP-321).
#[test]
fn several_receivers() {
    let text = format!("amount.7=3&address.7={}&address.1={}&memo.1=b&amount=1&amount.1=2", address(3), address(2));
    let request = with(&text).unwrap();
    let amounts: Vec<_> = request.payments().iter().map(|payment| payment.amount.unwrap().to_string()).collect();
    assert_eq!(amounts, ["1", "2", "3"]);
    assert_eq!(request.payments()[1].memo, "b");
    let text = format!("faic:?address={}&address.1={}", address(1), address(2));
    let request = PaymentRequest::parse(&text).unwrap();
    assert_eq!(request.to_string(), format!("faic:{}?address.1={}", address(1), address(2)));
}

/// Each rule that is broken has its error.
#[test]
fn refusals() {
    use PaymentRequestError as E;
    let twice = |parameter: &str| E::Twice { parameter: parameter.to_owned() };
    let number = |parameter: &str| E::BadNumber { parameter: parameter.to_owned() };
    let required = |parameter: &str| E::UnknownRequired { parameter: parameter.to_owned() };
    let amount = |source| E::Amount { number: 0, source };
    let main = Address::from_bytes([2; 32]).encode(Network::Main);
    let other = AddressError::OtherNetwork { found: Network::Main, expected: Network::Dev };
    let cases = [
        ("amount=0".to_owned(), E::ZeroAmount),
        ("amount=1e3".to_owned(), amount(AmountError::NotANumber)),
        ("amount=-1".to_owned(), amount(AmountError::Negative)),
        ("amount=1.0000000001".to_owned(), amount(AmountError::TooManyDecimals)),
        ("amount=1000000001".to_owned(), amount(AmountError::OverSupply)),
        ("amount=1&amount=1".to_owned(), twice("amount")),
        (format!("address={}", address(2)), twice("address")),
        ("amount.1=1".to_owned(), E::NoAddress { number: 1 }),
        ("amount.0=1".to_owned(), number("amount.0")),
        ("amount.01=1".to_owned(), number("amount.01")),
        ("amount.10000=1".to_owned(), number("amount.10000")),
        ("amount.=1".to_owned(), number("amount.")),
        ("amount.+1=1".to_owned(), number("amount.+1")),
        ("req-escrow=1".to_owned(), required("req-escrow")),
        ("REQ-escrow.1=1".to_owned(), required("REQ-escrow.1")),
        ("amount".to_owned(), E::NoValue),
        (String::new(), E::NoValue),
        ("=1".to_owned(), E::NoValue),
        ("amount=1&".to_owned(), E::NoValue),
        ("memo=a b".to_owned(), E::Character(' ')),
        ("memo=é".to_owned(), E::Character('é')),
        ("memo=a=b".to_owned(), E::Character('=')),
        ("memo=#".to_owned(), E::Character('#')),
        ("m%65mo=a".to_owned(), E::Character('%')),
        ("memo=%4".to_owned(), E::Percent),
        ("memo=%+1".to_owned(), E::Percent),
        ("memo=%ff".to_owned(), E::NotUtf8),
        ("memo=%0A".to_owned(), E::ControlCharacter { parameter: "memo" }),
        ("expires=".to_owned(), E::BadExpiry),
        ("expires=-1".to_owned(), E::BadExpiry),
        (format!("expires={}", EXPIRY_SECONDS_MAX + 1), E::BadExpiry),
        ("expires.1=1".to_owned(), E::BadExpiry),
        (format!("address.1={main}"), E::Address { number: 1, source: other }),
    ];
    for (query, expected) in cases {
        assert_eq!(with(&query), Err(expected), "{query}");
    }
    for (text, expected) in [
        ("", E::OtherScheme),
        ("bitcoin:x", E::OtherScheme),
        ("faic:", E::NoReceiver),
        ("faic:?amount=1", E::NoAddress { number: 0 }),
        ("faic://x", E::Address { number: 0, source: AddressError::NotBech32 }),
    ] {
        assert_eq!(PaymentRequest::parse(text), Err(expected), "{text}");
    }
}

/// The last of what is allowed is read, the next is refused.
#[test]
fn limits() {
    let texts = [("memo", MEMO_BYTES_MAX), ("label", LABEL_BYTES_MAX), ("message", REQUEST_MESSAGE_BYTES_MAX)];
    for (parameter, most) in texts {
        assert!(with(&format!("{parameter}={}", "x".repeat(most))).is_ok());
        let error = PaymentRequestError::TextTooLong { parameter, bytes: most + 1, most };
        assert_eq!(with(&format!("{parameter}={}", "x".repeat(most + 1))), Err(error));
    }
    assert!(with(&format!("expires={EXPIRY_SECONDS_MAX}")).is_ok());
    let payment = RequestedPayment::new(Address::from_bytes([1; 32]));
    let request = |count: usize| PaymentRequest::new(Network::Dev, vec![payment.clone(); count], None);
    let most = request(OUTPUTS_MAX).unwrap();
    assert_eq!(PaymentRequest::parse(&most.to_string()), Ok(most.clone()));
    assert_eq!(request(OUTPUTS_MAX + 1), Err(PaymentRequestError::TooManyReceivers));
    let one_more = format!("{most}&address.9999={}", address(1));
    assert_eq!(PaymentRequest::parse(&one_more), Err(PaymentRequestError::TooManyReceivers));
    let long = RequestedPayment { message: "€".repeat(80), ..payment };
    let large = PaymentRequest::new(Network::Dev, vec![long; 100], None);
    assert!(matches!(large, Err(PaymentRequestError::TooLarge(bytes)) if bytes > PAYMENT_REQUEST_BYTES_MAX));
    let padded = |bytes: usize| with(&"x".repeat(bytes)).unwrap_err();
    assert!(matches!(padded(PAYMENT_REQUEST_BYTES_MAX), PaymentRequestError::TooLarge(_)));
}

/// Any payment that may be asked for.
fn payment() -> impl Strategy<Value = RequestedPayment> {
    let amount = option::of((1..=Amount::SUPPLY_MAX.nano()).prop_map(|nano| Amount::from_nano(nano).unwrap()));
    (any::<[u8; 32]>(), amount, "[^\\pC]{0,16}", "[^\\pC]{0,16}", "[^\\pC]{0,64}").prop_map(
        |(bytes, amount, memo, label, message)| {
            let to = Address::from_bytes(bytes);
            RequestedPayment { to, amount, memo, label, message }
        },
    )
}

proptest! {
    /// What is written is read as it was.
    #[test]
    fn round_trips(payments in vec(payment(), 1..6), expires in option::of(0..=EXPIRY_SECONDS_MAX)) {
        let request = PaymentRequest::new(Network::Test, payments, expires).unwrap();
        let text = request.to_string();
        prop_assert!(text.is_ascii());
        prop_assert_eq!(PaymentRequest::parse(&text), Ok(request));
    }

    /// Whatever is read is written in a form that is read alike; nothing panics.
    #[test]
    fn anything(query in "(amount|memo|label|address|expires|req-x|x)?[.=&%?0-9a-f]{0,24}", whole in any::<String>()) {
        let _refused_or_not = PaymentRequest::parse(&whole);
        if let Ok(request) = with(&query) {
            prop_assert_eq!(PaymentRequest::parse(&request.to_string()), Ok(request));
        }
    }
}
