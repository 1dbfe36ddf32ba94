#!/usr/bin/env python3
"""A second, independent writing of docs/journal.md: makes the test vectors and the golden exported
record of this directory. Run it by hand when the format gets a new number; the tests read only its
output. Needs the Python package `cryptography` for Ed25519."""
import hashlib
import json
import pathlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = pathlib.Path(__file__).parent
SUITE = "blake2b-256/ed25519"
B58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def blake(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def canon(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def ident(text):
    """A made-up identifier: 22 Base58 characters from a label."""
    n = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    return "".join(B58[(n // 58**i) % 58] for i in range(22))


def link(stream, seq, prev, hm, hd):
    tag = blake(b"tongsheng-stream-1|", stream.encode())[:16]
    return blake(b"tslink-1", tag, seq.to_bytes(8, "big"), prev, hm, hd)


key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def checkpoint(stream, seq, head, at):
    body = {"checkpoint": 1, "suite": SUITE, "stream": stream, "seq": seq, "head": head.hex(),
            "at": at, "key": public}
    body["sig"] = key.sign(b"tongsheng-checkpoint-1|" + canon(body)).hex()
    return body


def section(stream, bodies, show):
    """show: seq -> whole | data | hash. Returns (vectors, lines of the exported record)."""
    head = blake(b"tongsheng-stream-1|", stream.encode())
    vectors = {"stream": stream, "empty": head.hex(), "records": []}
    lines = [{"tongsheng_record": 1, "suite": SUITE, "stream": stream, "from": 1,
              "prev": head.hex(), "key": public}]
    marks = 0
    for seq, (kind, body) in enumerate(bodies, 1):
        at = 1795311130000 + 61500 * seq
        meta_value = {"at": at, "actor": "staff:" + ident("facilitator"),
                      "cmd": "" if seq == 1 else ident(f"{stream} command {seq}"), "reg": 1,
                      "salt": ident(f"{stream} salt {seq}"), "dsalt": ident(f"{stream} dsalt {seq}")}
        data_value = {"v": 1, "type": kind, "body": body}
        meta, data = canon(meta_value), canon(data_value)
        hm = blake(b"tongsheng-meta-1|", meta)
        hd = blake(b"tongsheng-data-1|", meta_value["dsalt"].encode(), b"|", data)
        head = link(stream, seq, head, hm, hd)
        vectors["records"].append({"seq": seq, "meta": meta.decode(), "data": data.decode(),
                                   "meta_hash": hm.hex(), "data_hash": hd.hex(), "link": head.hex()})
        line = {"seq": seq}
        if show(seq) == "whole":
            line |= {"meta": meta_value, "data": data_value}
        elif show(seq) == "data":
            line |= {"meta": hm.hex(), "about": at - at % 60000, "dsalt": meta_value["dsalt"],
                     "data": data_value}
        else:
            line |= {"meta": hm.hex(), "data": hd.hex()}
        line["link"] = head.hex()
        lines.append(line)
        if seq % 3 == 0:
            lines.append(checkpoint(stream, seq, head, at - at % 60000))
            marks += 1
    lines.append({"end": len(bodies), "head": head.hex(), "checkpoints": marks})
    return vectors, lines


def genesis(stream):
    return ("stream.opened", {"format": 1, "suite": SUITE, "stream": stream})


council = ident("council")
registry = [genesis("registry"), ("body.added", {"body": council, "name": ident("name")}),
            ("kiosk.enrolled", {"kiosk": ident("kiosk"), "role": "booth"})]
meeting = [genesis(council), ("meeting.opened", {"meeting": ident("meeting")}),
           ("member.arrived", {"member": ident("member 1")}),
           ("motion.put", {"motion": ident("motion"), "for": 20, "against": 3, "abstain": 1}),
           ("note.kept", {"text": "引号\" 反斜线\\ 换行\n"}),
           ("meeting.closed", {"meeting": ident("meeting")})]
v1, l1 = section("registry", registry, lambda seq: "whole")
v2, l2 = section(council, meeting,
                 lambda seq: {3: "hash", 4: "data", 5: "data"}.get(seq, "data" if seq < 6 else "hash"))
(HERE / "vectors.json").write_bytes(canon([v1, v2]) + b"\n")
(HERE / "record.jsonl").write_bytes(b"".join(canon(x) + b"\n" for x in l1 + l2))
for v in v1, v2:
    print(v["stream"], "empty", v["empty"])
    for r in v["records"][:2]:
        print(json.dumps(r, indent=1, ensure_ascii=False))
print(json.dumps(l1[4], indent=1))
