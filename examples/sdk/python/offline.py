"""What a wallet does without a node: addresses, the canonical bytes of a payment, and signatures.

Nothing here asks a node, so nothing here can be told something wrong by one. The bytes are those of the section "The
bytes of a payment" of docs/api.md.
"""

from dataclasses import dataclass
from struct import pack

from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ADDRESS_PREFIXES = {"main": "faic", "test": "tfaic", "dev": "dfaic"}

BECH32_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
BECH32M_CONSTANT = 0x2BC830A3


@dataclass(frozen=True)
class Payment:
    """A payment of one account, governed by one key, to another."""

    chain_id: str
    public_key: bytes
    receiver: str
    amount: int
    memo: str
    lane: int
    sequence: int
    valid_until: int
    fee: int

    def unsigned_bytes(self) -> bytes:
        """The canonical bytes (borsh) that are hashed and signed."""
        authority = authority_bytes(self.public_key)
        sender = domain_hash("address", authority)
        header = b"\x01" + text_bytes(self.chain_id) + sender + authority
        terms = pack("<BQQQ", self.lane, self.sequence, self.valid_until, self.fee)
        no_fee_payer, no_memo, transfer = b"\x00", text_bytes(""), b"\x00"
        output = address_bytes(self.receiver) + pack("<Q", self.amount) + text_bytes(self.memo)
        return header + terms + no_fee_payer + no_memo + transfer + pack("<I", 1) + output


def sign(unsigned: bytes, key: Ed25519PrivateKey) -> bytes:
    """The canonical bytes of a transaction, signed by the one key that governs its sender."""
    signature = key.sign(domain_hash("sign transaction", unsigned))
    signatures = pack("<IB", 1, 0) + signature
    no_signatures_of_a_fee_payer = pack("<I", 0)
    return unsigned + signatures + no_signatures_of_a_fee_payer


def transaction_id(unsigned: bytes) -> str:
    """The id, which signatures do not change."""
    return domain_hash("transaction id", unsigned).hex()


def address_of(public_key: bytes, network: str) -> str:
    """The address of the account that one key governs from the beginning."""
    return encode_address(domain_hash("address", authority_bytes(public_key)), ADDRESS_PREFIXES[network])


def domain_hash(purpose: str, data: bytes) -> bytes:
    """BLAKE3 in its mode of key derivation, so that a hash for one purpose is none for another."""
    return blake3(data, derive_key_context=f"faic v1 {purpose}").digest()


def authority_bytes(public_key: bytes) -> bytes:
    """One signature is needed, of one key, which is of the kind 0 (ed25519)."""
    return pack("<BIB", 1, 1, 0) + public_key


def text_bytes(text: str) -> bytes:
    """The length in bytes, and the bytes."""
    data = text.encode()
    return pack("<I", len(data)) + data


def encode_address(data: bytes, prefix: str) -> str:
    """Bech32m (BIP-350) of 32 bytes."""
    values = regroup(list(data), 8, 5)
    checksum = polymod(expand(prefix) + values + [0] * 6) ^ BECH32M_CONSTANT
    values += [checksum >> 5 * place & 31 for place in range(5, -1, -1)]
    return prefix + "1" + "".join(BECH32_LETTERS[value] for value in values)


def address_bytes(address: str) -> bytes:
    """The 32 bytes of an address in lower case.

    Raises ValueError for what is no address.
    """
    prefix, separator, letters = address.rpartition("1")
    if not separator or not set(letters) <= set(BECH32_LETTERS) or len(letters) != 58:
        raise ValueError(f"{address} is not an address")
    values = [BECH32_LETTERS.index(letter) for letter in letters]
    if polymod(expand(prefix) + values) != BECH32M_CONSTANT:
        raise ValueError(f"{address} is mistyped: its checksum is wrong")
    return bytes(regroup(values[:-6], 5, 8)[:32])


def regroup(values: list[int], bits_from: int, bits_to: int) -> list[int]:
    """The same bits in groups of another size; the last one is filled up with zeros."""
    bits = "".join(f"{value:0{bits_from}b}" for value in values)
    return [int(bits[at : at + bits_to].ljust(bits_to, "0"), 2) for at in range(0, len(bits), bits_to)]


def expand(prefix: str) -> list[int]:
    """The prefix as the checksum covers it."""
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def polymod(values: list[int]) -> int:
    """The checksum of BIP-173."""
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            checksum ^= generator if top >> bit & 1 else 0
    return checksum
