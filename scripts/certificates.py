"""Turn a bundle of root certificates into a directory that OpenSSL looks one up in.

Reading the whole bundle costs a cold start more than the rest of a TLS connection does; from such
a directory OpenSSL reads just the root that it meets. https://docs.openssl.org/3.0/man1/openssl-rehash/
"""

import hashlib
import re
import ssl
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

_PEM = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.DOTALL)

_SEQUENCE, _SET, _UTF8, _VERSION = 0x30, 0x31, 0x0C, 0xA0
_ENCODINGS = {
    _UTF8: "utf-8",
    0x13: "ascii",  # PrintableString
    0x14: "latin-1",  # T61String, as OpenSSL reads it
    0x16: "ascii",  # IA5String
    0x1A: "ascii",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}


def write_directory(bundle: str, directory: Path) -> None:
    """Write each certificate of a PEM bundle into `directory`, named by its subject's hash."""
    directory.mkdir()
    count: Counter[str] = Counter()
    for pem in _PEM.findall(bundle):
        name = subject_hash(ssl.PEM_cert_to_DER_cert(pem))
        (directory / f"{name}.{count[name]}").write_text(pem)
        count[name] += 1


def subject_hash(certificate: bytes) -> str:
    """What `openssl x509 -subject_hash` prints for a certificate in DER."""
    (_, body), *_ = _elements(certificate)
    (_, to_be_signed), *_ = _elements(body)
    fields = [field for field in _elements(to_be_signed) if field[0] != _VERSION]
    _serial, _algorithm, _issuer, _validity, (_, subject), *_ = fields
    canonical = b"".join(_canonical(names) for _, names in _elements(subject))
    digest = hashlib.sha1(canonical, usedforsecurity=False).digest()
    return digest[3::-1].hex()


def _canonical(names: bytes) -> bytes:
    """One part of a subject the way OpenSSL compares it: case and spacing do not count."""
    attributes = []
    for _, attribute in _elements(names):
        (kind, name), (tag, value) = _elements(attribute)
        if tag in _ENCODINGS:
            text = value.decode(_ENCODINGS[tag]).encode()
            tag, value = _UTF8, b" ".join(text.lower().split())
        attributes.append(_element(_SEQUENCE, _element(kind, name) + _element(tag, value)))
    return _element(_SET, b"".join(sorted(attributes)))


def _elements(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each element in `der`."""
    while der:
        tag, length, start = der[0], der[1], 2
        if length >= 0x80:  # then it is how many bytes hold the length
            start += length - 0x80
            length = int.from_bytes(der[2:start])
        yield tag, der[start : start + length]
        der = der[start + length :]


def _element(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 + size]) + length.to_bytes(size) + content
