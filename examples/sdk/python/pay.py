"""A payment by a program with a key of its own, through the client that was generated from the OpenAPI document.

    python pay.py http://127.0.0.1:8420 [TOKEN]

Asks a development node for money, pays with it, waits until that is final, and reads the history. Prints each step, and
ends with an error when an answer is not as it should be. With the token of the node's data folder, the node's own
wallets are used too.
"""

import json
import sys
from typing import TypeVar

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from faic_node import AuthenticatedClient, Client, models
from faic_node.api.accounts import get_account, list_account_transactions
from faic_node.api.blocks import get_block
from faic_node.api.faucet import ask_faucet
from faic_node.api.status import get_status
from faic_node.api.transactions import (
    build_transaction,
    get_fees,
    get_transaction,
    simulate_transaction,
    submit_transaction,
)
from faic_node.api.wallets import create_wallet, delete_wallet, list_wallets, transfer
from faic_node.models import GetTransactionWait, Problem, ProblemCode
from offline import Payment, address_of, sign, transaction_id

PAYMENTS = 3
PAGE_ITEMS = 2
WALLET = "python-example"

Kind = TypeVar("Kind")


class RefusedError(Exception):
    """The node answered with a problem; its code is for programs, its detail for people."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code.value}: {problem.detail}")
        self.problem = problem


def expect(kind: type[Kind], answer: object) -> Kind:
    """The answer, which must be of that kind."""
    if isinstance(answer, Problem):
        raise RefusedError(answer)
    if not isinstance(answer, kind):
        raise TypeError(f"expected {kind.__name__}, and the node answered {answer!r}")
    return answer


def wait_until_final(client: Client, transaction: str) -> models.FinalTransaction:
    """The transaction in its block."""
    answer = get_transaction.sync(transaction, client=client, wait=GetTransactionWait.FINAL, timeout="20s")
    return expect(models.FinalTransaction, answer)


def pay(client: Client, key: Ed25519PrivateKey, receiver: str, amount: int, memo: str) -> str:
    """Builds, checks, simulates, signs and submits a payment; answers its id."""
    public_key = key.public_key().public_bytes_raw()
    order = models.BuildTransaction(
        authority=models.BuildAuthority(keys=[public_key.hex()]),
        outputs=[models.TransferOutput(to=receiver, amount=str(amount), memo=memo)],
    )
    built = expect(models.UnsignedTransaction, build_transaction.sync(client=client, body=order))

    # What is signed is written here, from what this program wants; of the node's answer only the terms are taken. So a
    # node that builds something else gets no signature.
    terms = built.transaction
    payment = Payment(
        chain_id=built.chain_id,
        public_key=public_key,
        receiver=receiver,
        amount=amount,
        memo=memo,
        lane=terms.lane,
        sequence=terms.sequence,
        valid_until=terms.valid_until,
        fee=int(terms.fee),
    )
    unsigned = payment.unsigned_bytes()
    if unsigned.hex() != built.unsigned or transaction_id(unsigned) != built.id:
        raise ValueError("the node built another transaction than it was asked for")

    signed = sign(unsigned, key).hex()
    trial = simulate_transaction.sync(client=client, body=models.SimulateTransaction(transaction=signed))
    if isinstance(trial, models.RefusedSimulation):
        raise RefusedError(trial.problem)
    answer = submit_transaction.sync(client=client, body=models.SubmitTransaction(transaction=signed))
    submitted = expect(models.SubmittedTransaction, answer)
    assert submitted.id == built.id
    return submitted.id


def history(client: Client, address: str) -> list[models.AccountTransaction]:
    """All that an account took part in, newest first, page by page."""
    transactions: list[models.AccountTransaction] = []
    cursor: str | None = None
    while True:
        answer = (
            list_account_transactions.sync(address, client=client, limit=PAGE_ITEMS)
            if cursor is None
            else list_account_transactions.sync(address, client=client, limit=PAGE_ITEMS, cursor=cursor)
        )
        page = expect(models.AccountTransactions, answer)
        transactions += page.transactions
        if page.next_cursor is None:
            return transactions
        cursor = page.next_cursor


def first_event(client: Client, address: str) -> str:
    """The id of the first transaction that the stream of an account's events tells, from the chain's beginning.

    The generated function would wait for the end of the stream, so it is read by the client beneath it.
    """
    query = {"account": address, "after": "0"}
    with client.get_httpx_client().stream("GET", "/v1/events", params=query) as stream:
        stream.raise_for_status()
        name = ""
        for line in stream.iter_lines():
            if line.startswith("event:"):
                name = line.removeprefix("event:").strip()
            if line.startswith("data:") and name == "transaction":
                return str(json.loads(line.removeprefix("data:"))["id"])
    raise ValueError("the stream ended without an event")


def show_refusals(client: Client, key: Ed25519PrivateKey, address: str, balance: int) -> None:
    """Refusals come as problems with a code, also inside of other answers."""
    unknown = get_transaction.sync("00" * 32, client=client)
    assert isinstance(unknown, Problem)
    assert (unknown.code, unknown.retryable) == (ProblemCode.TRANSACTION_UNKNOWN, True)

    status = expect(models.Status, get_status.sync(client=client))
    too_much = Payment(
        chain_id=status.chain_id,
        public_key=key.public_key().public_bytes_raw(),
        receiver=address,
        amount=balance,
        memo="",
        lane=1,
        sequence=0,
        valid_until=status.height + 100,
        fee=1_000_000,
    )
    body = models.SimulateTransaction(transaction=sign(too_much.unsigned_bytes(), key).hex())
    refused = expect(models.RefusedSimulation, simulate_transaction.sync(client=client, body=body))
    assert refused.problem.code == ProblemCode.INSUFFICIENT_BALANCE
    print(f"refused: {refused.problem.detail}")


def use_wallets(base_url: str, token: str, receiver: str) -> None:
    """The node's own wallets, for programs on its machine."""
    with AuthenticatedClient(base_url=base_url, token=token) as client:
        password = "correct horse battery"
        wish = models.CreateWallet(name=WALLET, password=password)
        wallet = expect(models.CreatedWallet, create_wallet.sync(client=client, body=wish))
        names = [known.name for known in expect(models.WalletList, list_wallets.sync(client=client)).wallets]
        assert WALLET in names
        order = models.Transfer(password=password, outputs=[models.TransferOutput(to=receiver, amount="1")])
        empty = transfer.sync(WALLET, client=client, body=order)
        assert isinstance(empty, Problem) and empty.code == ProblemCode.INSUFFICIENT_BALANCE
        deleted = delete_wallet.sync_detailed(WALLET, client=client)
        assert deleted.status_code == 204
        print(f"wallet {wallet.address} made, listed and deleted")


def main(base_url: str, token: str | None) -> None:
    """The whole tour."""
    with Client(base_url=base_url, timeout=httpx.Timeout(30)) as client:
        status = expect(models.Status, get_status.sync(client=client))
        fees = expect(models.Fees, get_fees.sync(client=client))
        print(f"chain {status.chain_id} at height {status.height}; a payment costs {fees.transfer.fee} nano")

        key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        address = address_of(key.public_key().public_bytes_raw(), status.network.value)
        receiver = address_of(other.public_key().public_bytes_raw(), status.network.value)

        grant = expect(models.FaucetGrant, ask_faucet.sync(client=client, body=models.FaucetRequest(address=address)))
        wait_until_final(client, grant.id)
        print(f"{address} has {grant.amount} nano of the faucet")

        for number in range(PAYMENTS):
            payment = pay(client, key, receiver, amount=1000 + number, memo=f"invoice {number}")
            final = wait_until_final(client, payment)
            block = expect(models.Block, get_block.sync(str(final.height), client=client))
            assert block.transactions[final.index] == payment
            print(f"{payment} is final at height {final.height}")

        account = expect(models.Account, get_account.sync(receiver, client=client))
        assert account.balance == str(sum(1000 + number for number in range(PAYMENTS)))
        told = [known.id for known in history(client, address)]
        assert len(told) == PAYMENTS + 1 and told[-1] == grant.id
        assert first_event(client, address) == grant.id
        balance = int(expect(models.Account, get_account.sync(address, client=client)).balance)
        show_refusals(client, key, receiver, balance)
    if token is not None:
        use_wallets(base_url, token, address)
    print("everything was as it should be")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else None)
