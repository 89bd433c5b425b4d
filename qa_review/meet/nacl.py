"""Sealing and signing, by PyNaCl (libsodium): keys, seals and signatures as hexadecimal text.

A sealed text can be opened with the secret key only, not even by who sealed it (X25519 with
XSalsa20-Poly1305). A signature shows who made a text (Ed25519).
"""

from __future__ import annotations

import hashlib
from base64 import b32encode

from nacl.exceptions import BadSignatureError, CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey, VerifyKey

from qa_review.base.errors import BallotError


def new_seal() -> str:
    """A new secret key that opens what is sealed to :func:`seal_of` it."""
    return bytes(PrivateKey.generate()).hex()


def seal_of(secret: str) -> str:
    """The public key that belongs to a secret one."""
    return bytes(PrivateKey(bytes.fromhex(secret)).public_key).hex()


def seal(public: str, text: bytes) -> bytes:
    """``text`` so that only the secret key of ``public`` opens it."""
    return bytes(SealedBox(PublicKey(bytes.fromhex(public))).encrypt(text))


def unseal(secret: str, sealed: bytes) -> bytes:
    """What was sealed.

    Raises:
        BallotError: it was sealed to another key, or changed since.
    """
    try:
        return bytes(SealedBox(PrivateKey(bytes.fromhex(secret))).decrypt(sealed))
    except CryptoError as error:
        raise BallotError("it was sealed to another key, or changed since") from error


def new_signer() -> str:
    """A new secret key to sign with."""
    return bytes(SigningKey.generate()).hex()


def signer_of(secret: str) -> str:
    """The public key that shows who signed."""
    return bytes(SigningKey(bytes.fromhex(secret)).verify_key).hex()


def sign(secret: str, text: bytes) -> str:
    """The signature of ``text``."""
    return bytes(SigningKey(bytes.fromhex(secret)).sign(text).signature).hex()


def is_signed(public: str, text: bytes, signature: str) -> bool:
    """Whether ``signature`` is of ``text`` and by who holds the secret key of ``public``."""
    try:
        VerifyKey(bytes.fromhex(public)).verify(text, bytes.fromhex(signature))
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def own_seal(signer: str) -> str:
    """The secret key that opens what is sealed to who signs with ``signer``."""
    return bytes(SigningKey(bytes.fromhex(signer)).to_curve25519_private_key()).hex()


def fingerprint(public: str) -> str:
    """Ten letters and digits by which people can tell a public key from any other (50 bits)."""
    mark = hashlib.sha256(bytes.fromhex(public)).digest()
    return b32encode(mark).decode("ascii")[:10].lower()
