//! Tests of keys and signatures: RFC 8032's vectors, and the edge cases on which implementations of ed25519 differ.
//!
//! Every verdict is taken alone and within a batch, since ZIP-215 is there to make the two agree.

use borsh::BorshDeserialize;
use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use proptest::prelude::*;
use sha2::{Digest, Sha512};

use super::{Claim, FIELD_PRIME, KeyError, PublicKey, SecretKey, Signature, verify_batch};

/// The message of most claims here.
const MESSAGE: &[u8] = b"Zcash";

/// The 14 encodings of the 8 points of small order: 8 canonical ones, then 6 others that decoders accept.
///
/// From H. de Valence, "It's 255:19AM. Do you know what your validation criteria are?", 2020.
const SMALL_ORDER_ENCODINGS: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

/// The order of the prime subgroup, little-endian (RFC 8032, §5.1).
const GROUP_ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

/// The 32 bytes of 64 hexadecimal digits.
fn bytes(digits: &str) -> [u8; 32] {
    hex::decode(digits).unwrap().try_into().unwrap()
}

/// The encodings of the points of small order.
fn small_order() -> [[u8; 32]; 14] {
    SMALL_ORDER_ENCODINGS.map(bytes)
}

/// A signature of its two halves.
fn signature(r: [u8; 32], s: [u8; 32]) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&r);
    bytes[32..].copy_from_slice(&s);
    Signature::from_bytes(bytes)
}

/// A key as a verifier would see it that checks nothing when it reads.
fn unchecked(bytes: [u8; 32]) -> PublicKey {
    PublicKey(bytes)
}

/// A valid claim, to stand beside others in a batch.
fn good_claim(seed: u8) -> Claim<'static> {
    let key = SecretKey::from_seed(&[seed; 32]);
    (key.public_key(), MESSAGE, key.sign(MESSAGE))
}

/// The verdict on a claim, which is the same alone, in a batch of its own, and among valid claims.
fn verdict(claim: Claim<'_>) -> bool {
    let (key, message, signature) = claim;
    let single = key.verify(message, &signature);
    assert_eq!(verify_batch(&[claim]), single, "alone in a batch: {key} {signature:?}");
    let among = [good_claim(1), claim, claim, good_claim(2)];
    assert_eq!(verify_batch(&among), single, "among valid claims: {key} {signature:?}");
    single
}

/// The challenge scalar of a signature (RFC 8032, §5.1.7).
fn challenge(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    let digest = Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&digest.into())
}

/// A signature by the secret scalar `secret` for the key bytes `key`, with the encoding `r` of the nonce's point.
fn sign_by_hand(secret: Scalar, key: [u8; 32], nonce: Scalar, r: [u8; 32]) -> Signature {
    signature(r, (nonce + challenge(&r, &key, MESSAGE) * secret).to_bytes())
}

/// The multiple of the base point.
fn times_base(scalar: Scalar) -> EdwardsPoint {
    ED25519_BASEPOINT_POINT * scalar
}

/// `number` plus the order of the group, as little-endian bytes.
fn plus_group_order(number: &[u8]) -> [u8; 32] {
    let mut carry = 0;
    let mut sum = [0; 32];
    for ((digit, one), other) in sum.iter_mut().zip(number).zip(bytes(GROUP_ORDER)) {
        let total = u16::from(*one) + u16::from(other) + carry;
        *digit = total.to_le_bytes()[0];
        carry = total >> 8;
    }
    sum
}

/// Seeds give the keys and signatures of RFC 8032, §7.1 (tests 1, 2, 3 and SHA(abc)).
#[test]
fn rfc_8032_vectors() {
    let abc = hex::encode(Sha512::digest("abc"));
    let vectors = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
        (
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            &abc,
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589\
             09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ),
    ];
    for (seed, public, message, expected) in vectors {
        let key = SecretKey::from_seed(&bytes(seed));
        let message = hex::decode(message).unwrap();
        assert_eq!(key.public_key().to_string(), public);
        assert_eq!(format!("{:?}", key.sign(&message)), expected);
        assert!(verdict((key.public_key(), &message, key.sign(&message))));
        assert_eq!(*key.seed(), bytes(seed));
    }
}

/// All 196 signatures of a small-order key and a small-order R with s = 0 hold, as ZIP-215 demands.
#[test]
fn small_order_keys_and_nonces() {
    for key in small_order() {
        for r in small_order() {
            assert!(
                verdict((unchecked(key), MESSAGE, signature(r, [0; 32]))),
                "{} {}",
                hex::encode(key),
                hex::encode(r)
            );
        }
    }
}

/// The list of encodings is that of the curve: 8 canonical ones of the torsion points, and others of the same points.
#[test]
fn small_order_encodings_are_complete() {
    let canonical = EIGHT_TORSION.map(|point| point.compress().to_bytes());
    assert_eq!(small_order()[..8], canonical);
    for encoding in &small_order()[8..] {
        let point = CompressedEdwardsY(*encoding).decompress().unwrap();
        assert!(point.is_small_order() && point.compress().to_bytes() != *encoding);
    }
}

/// Although they would verify, keys of small order are refused where a key is read.
#[test]
fn small_order_keys_are_refused() {
    for key in small_order() {
        let error = PublicKey::from_bytes(key).expect_err("a key of small order");
        let is_reduced = CompressedEdwardsY(key).decompress().unwrap().compress().to_bytes()[..31] == key[..31];
        assert_eq!(error, if is_reduced { KeyError::SmallOrder } else { KeyError::NotCanonical });
        assert!(PublicKey::try_from_slice(&key).is_err());
    }
}

/// The 19 numbers from the field's prime to 2^255 - 1 are no y coordinates, with either sign; the ones below are.
#[test]
fn unreduced_keys_are_refused() {
    let mut key = FIELD_PRIME;
    for sign in [0x7f, 0xff] {
        key[31] = sign;
        for low in 0xed..=0xff {
            key[0] = low;
            assert_eq!(PublicKey::from_bytes(key), Err(KeyError::NotCanonical), "{low:x}");
        }
        key[0] = 0xeb;
        assert_eq!(PublicKey::from_bytes(key).map(|key| *key.as_bytes()), Ok(key));
    }
}

/// An ordinary key verifies with every spelling of an R of small order.
#[test]
fn small_order_nonces_of_an_ordinary_key() {
    let secret = Scalar::from_bytes_mod_order([5; 32]);
    let key = times_base(secret).compress().to_bytes();
    for r in small_order() {
        let claim = (PublicKey::from_bytes(key).unwrap(), MESSAGE, sign_by_hand(secret, key, Scalar::ZERO, r));
        assert!(verdict(claim), "{}", hex::encode(r));
    }
}

/// Components of small order in key and nonce don't matter, which is where cofactorless verifiers disagree.
#[test]
fn components_of_small_order() {
    let (secret, nonce) = (Scalar::from_bytes_mod_order([5; 32]), Scalar::from_bytes_mod_order([6; 32]));
    for key_torsion in EIGHT_TORSION {
        let key = (times_base(secret) + key_torsion).compress().to_bytes();
        for nonce_torsion in EIGHT_TORSION {
            let r = (times_base(nonce) + nonce_torsion).compress().to_bytes();
            let claim = (PublicKey::from_bytes(key).unwrap(), MESSAGE, sign_by_hand(secret, key, nonce, r));
            assert!(verdict(claim), "{} {}", hex::encode(key), hex::encode(r));
        }
    }
}

/// A signature has one s only: adding the order of the group, as a malleator would, makes it invalid.
#[test]
fn malleated_signatures() {
    for seed in 0..32 {
        let (key, message, original) = good_claim(seed);
        let (r, s) = original.as_bytes().split_at(32);
        let r: [u8; 32] = r.try_into().unwrap();
        let mut s = s.to_vec();
        for _ in 0..7 {
            s = plus_group_order(&s).to_vec();
            assert!(!verdict((key, message, signature(r, s.clone().try_into().unwrap()))), "seed {seed}");
        }
    }
    // The boundary itself: s = 0 holds for points of small order, and s = L is the same number unreduced.
    let [key, ..] = small_order();
    assert!(verdict((unchecked(key), MESSAGE, signature(key, [0; 32]))));
    assert!(!verdict((unchecked(key), MESSAGE, signature(key, bytes(GROUP_ORDER)))));
}

/// Bytes that are no point verify nothing, as a key and as R.
#[test]
fn not_a_point() {
    let small = |y: u8| {
        let mut bytes = [0; 32];
        bytes[0] = y;
        bytes
    };
    let is_off_curve = |bytes: &[u8; 32]| CompressedEdwardsY(*bytes).decompress().is_none();
    let off_curve = (2..=255).map(small).find(is_off_curve).unwrap();
    let (key, message, good) = good_claim(3);
    let s = good.as_bytes()[32..].try_into().unwrap();
    assert!(!verdict((key, message, signature(off_curve, s))));
    assert!(!verdict((PublicKey::from_bytes(off_curve).unwrap(), message, good)));
}

/// One bad claim makes a batch fail, wherever it stands, and one by one names it.
#[test]
fn culprit_of_a_batch() {
    let claims: Vec<Claim<'_>> = (0..33).map(good_claim).collect();
    assert!(verify_batch(&claims) && verify_batch(&[]));
    for culprit in [0, 16, 32] {
        let mut claims = claims.clone();
        claims[culprit].1 = b"another message";
        assert!(!verify_batch(&claims));
        let failing: Vec<usize> =
            (0..).zip(&claims).filter(|(_, (key, message, sig))| !key.verify(message, sig)).map(|(at, _)| at).collect();
        assert_eq!(failing, [culprit]);
    }
}

/// Two invalid claims that cancel in an unweighted sum do not cancel in a batch.
#[test]
fn batches_are_weighted() {
    let ((key, _, one), (other_key, _, other)) = (good_claim(1), good_claim(2));
    let shifted = |original: Signature, by: Scalar| {
        let (r, s) = original.as_bytes().split_at(32);
        let s = Scalar::from_bytes_mod_order(s.try_into().unwrap()) + by;
        signature(r.try_into().unwrap(), s.to_bytes())
    };
    let claims = [(key, MESSAGE, shifted(one, Scalar::ONE)), (other_key, MESSAGE, shifted(other, -Scalar::ONE))];
    assert!(!verify_batch(&claims));
}

/// `Debug` of a secret key shows the public half only.
#[test]
fn secret_is_not_shown() {
    let key = SecretKey::from_seed(&[0xab; 32]);
    assert_eq!(format!("{key:?}"), format!("SecretKey of {}", key.public_key()));
}

proptest! {
    /// A signature holds; with any bit of key, message or signature changed it does not; alone and in a batch.
    #[test]
    fn any_changed_bit(seed: [u8; 32], mut message: [u8; 32], bit in 0_usize..1024) {
        let secret = SecretKey::from_seed(&seed);
        let signed = *secret.sign(&message).as_bytes();
        let mut whole = [0; 128];
        whole[..32].copy_from_slice(secret.public_key().as_bytes());
        whole[32..64].copy_from_slice(&message);
        whole[64..].copy_from_slice(&signed);
        prop_assert!(verdict((secret.public_key(), &message, Signature::from_bytes(signed))));
        whole[bit / 8] ^= 1 << (bit % 8);
        message.copy_from_slice(&whole[32..64]);
        let key = unchecked(whole[..32].try_into().unwrap());
        prop_assert!(!verdict((key, &message, Signature::from_bytes(whole[64..].try_into().unwrap()))));
    }

    /// Arbitrary keys and signatures get one verdict, alone and in a batch.
    #[test]
    fn arbitrary_claims(key: [u8; 32], r: [u8; 32], s: [u8; 32]) {
        verdict((unchecked(key), MESSAGE, signature(r, s)));
    }

    /// A key that is read back from its bytes is the same key, and bytes have one key at most.
    #[test]
    fn canonical_bytes(bytes: [u8; 32]) {
        if let Ok(key) = PublicKey::try_from_slice(&bytes) {
            prop_assert_eq!(borsh::to_vec(&key).unwrap(), bytes);
            prop_assert_eq!(PublicKey::from_bytes(bytes), Ok(key));
        }
    }
}

/// Two new keys are two keys.
#[test]
fn generated_keys_differ() {
    let key = || SecretKey::generate().expect("the operating system has randomness").public_key();
    assert_ne!(key(), key());
}
