"""What docs/ballot.md adds to Belenios, checked a second time, in plain Python.

Reads an archive of ours and checks hashes, commitments, closing statement, Merkle root and strong
proofs from their written definition, without any code of the project; prints the values that the
documentation quotes. It does not check Belenios' own rules, signatures and set hashes.

    python3 reference.py Jbu5X19RRbW7kuYTQKRPz2.bel
"""

import base64
import hashlib
import json
import sys

L = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def sha(data):
    return hashlib.sha256(data).hexdigest()


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def members(archive):
    at = 0
    while at < len(archive):
        header = archive[at : at + 512]
        size = int(header[124:135], 8)
        yield header[:100].rstrip(b"\0").decode(), archive[at + 512 : at + 512 + size]
        at += 512 + (size + 511) // 512 * 512


def decode(text):
    y = int(text, 16)
    sign, y = y >> 255, y & (2**255 - 1)
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - xx) % P == 0
    return (P - x if x & 1 != sign else x, y)


def encode(point):
    return "%064x" % (point[1] | (point[0] & 1) << 255)


def add(a, b):
    k = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + k, -1, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, P)
    return (x % P, y % P)


def power(point, n):
    out = (0, 1)
    while n:
        if n & 1:
            out = add(out, point)
        point = add(point, point)
        n >>= 1
    return out


G = decode("66" * 31 + "58")


def merkle(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + merkle(leaves[:split]) + merkle(leaves[split:])).digest()


def check_strong(record, owner, tally, key, phi, k):
    for q, row in enumerate(record["strong_proofs"]):
        for j, proof in enumerate(row):
            c, r = int(proof["challenge"]), int(proof["response"])
            alpha, beta = tally[q][j]["alpha"], tally[q][j]["beta"]
            factor = record["decryption_factors"][q][j]
            a = add(power(G, r), power(decode(key), c))
            b = add(power(decode(alpha), r), power(decode(factor), c))
            text = "tongsheng-decrypt-1|%s|%s|%d|%d,%d|%s|%s,%s,%s|%s,%s" % (
                phi, k, owner, q, j, key, alpha, beta, factor, encode(a), encode(b))
            assert int(sha(text.encode()), 16) % L == c
            if q == 0 and j == 0:
                print("strong proof of owner", owner, text, sha(text.encode()), c)


def main(path):
    records = list(members(open(path, "rb").read()))
    bodies = [body for _, body in records]
    election, trustees, credentials, setup = bodies[1:5]
    field = json.loads(election)["tongsheng"]
    assert sha(credentials) == field["list"] and sha(trustees) == field["trustees"]
    uuid = json.loads(election)["uuid"]
    phi = base64.b64encode(hashlib.sha256(election).digest()).decode().rstrip("=")
    print("phi", phi)

    for credential in json.loads(credentials)[:1]:
        digest = hashlib.sha256(("tongsheng-slip-1|%s|%s" % (uuid, credential)).encode()).digest()
        print("pictures", credential, [byte % 64 for byte in digest[:3]])

    group = json.loads(trustees)[0][1]
    extra = json.loads(setup)["tongsheng"]
    certs = sha(compact(group["certs"]).encode())
    print("certificates", certs)
    for index, coefexps in enumerate(group["coefexps"]):
        text = "tongsheng-dkg-1|%s|%s|%d|%s" % (
            extra["meeting"], certs, index + 1, compact(coefexps))
        assert sha(text.encode()) == extra["commitments"][0][index]
        print("commitment", index + 1, sha(text.encode()))

    result = json.loads(bodies[-2])
    assert compact(result).encode() == bodies[-2]
    closing = result["tongsheng"]["closing"]
    k = sha(compact(closing).encode())
    print("K", k)
    ballots = [json.loads(b) for b in bodies if b.startswith(b'{"election_uuid"')]
    points = [bytes.fromhex(b["credential"])[::-1] for b in ballots]
    assert points == sorted(points)
    hashes = sorted(base64.b64decode(b["signature"]["hash"] + "=") for b in ballots)
    assert len(hashes) == closing["number"]
    assert merkle(hashes).hex() == closing["root"]
    print("root", closing["root"])
    assert closing["tally"] == next(n for n, b in records if b'"EncryptedTally"' in b)[:64]

    tally = next(json.loads(b) for b in bodies if b.startswith(b'[[{"alpha"'))
    for at, body in enumerate(bodies):
        if body.startswith(b'{"decryption_factors"'):
            owner = json.loads(bodies[at + 1])["owner"]
            key = group["verification_keys"][owner - 1]["public_key"]
            check_strong(json.loads(body), owner, tally, key, phi, k)
    print("all well")


if __name__ == "__main__":
    main(sys.argv[1])
