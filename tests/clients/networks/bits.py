"""Bytes that were changed on their way."""


def flips(raw: bytes) -> list[bytes]:
    """Each string of bytes that differs from this one in one bit."""
    return [raw[:n] + bytes([raw[n] ^ 1 << bit]) + raw[n + 1 :] for n in range(len(raw)) for bit in range(8)]
