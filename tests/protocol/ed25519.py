"""Ed25519 signatures as in RFC 8032 section 5.1, and the OpenSSH form of the public key (RFC 8709).

Slow and not constant in time: for tests only.
"""

import base64
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P

# Points are extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z.
BY = 4 * pow(5, P - 2, P) % P


def recover_x(y, sign):
    """The x of a point with this y (section 5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x & 1 != sign else x


BX = recover_x(BY, 0)
BASE = (BX, BY, 1, BX * BY % P)


def add(p, q):
    """The sum of two points (section 5.1.4)."""
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n, point):
    """The point n times."""
    total = (0, 1, 1, 0)
    while n:
        if n & 1:
            total = add(total, point)
        point = add(point, point)
        n >>= 1
    return total


def compress(point):
    """Its 32 bytes (section 5.1.2)."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def expand(seed):
    """The secret scalar and the prefix of a 32-byte seed (section 5.1.5)."""
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little")
    scalar &= (1 << 254) - 8
    scalar |= 1 << 254
    return scalar, digest[32:]


def public_key(seed):
    """The public key of a seed, 32 bytes."""
    return compress(times(expand(seed)[0], BASE))


def sign(seed, message):
    """The signature, 64 bytes (section 5.1.6)."""
    scalar, prefix = expand(seed)
    public = public_key(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % L
    point = compress(times(r, BASE))
    k = int.from_bytes(hashlib.sha512(point + public + message).digest(), "little") % L
    return point + ((r + k * scalar) % L).to_bytes(32, "little")


def ssh_blob(public):
    """The key as OpenSSH encodes it: two strings, each after its length."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed25519", public))


def ssh_line(public):
    """The key as a line of an OpenSSH .pub file."""
    return "ssh-ed25519 " + base64.b64encode(ssh_blob(public)).decode()


def fingerprint(public):
    """The key's fingerprint as `ssh-keygen -l` prints it."""
    digest = base64.b64encode(hashlib.sha256(ssh_blob(public)).digest()).decode()
    return "SHA256:" + digest.rstrip("=")
