#!/usr/bin/env python3
"""A palco.v1 client written from src/wire/PROTOCOL.md alone, with the standard library alone.

    client.py URL [PACKETS]

URL is ws://HOST:PORT/ROOM of a server where ROOM does not exist yet. PACKETS is a file with one Opus packet of 20 ms a
line, in hex; without it, silence is sent. A host and a guest hold a small meeting; each thing seen is printed, the first
thing that is not as the page says ends the program with a sentence and status 1.
"""

import base64
import hashlib
import json
import os
import sys
import time

import ed25519
from websocket import Closed, WebSocket

PATIENCE = 10  # seconds for anything to happen
SILENCE = [bytes.fromhex("f8fffe")] * 5  # 20 ms of silence, as on the page
VOICE = 26 | 128  # -26 dBov, voice


def check(holds, what):
    """Ends the program with a sentence unless it holds."""
    if not holds:
        raise AssertionError(what)


class Mirror:
    """The meeting as the events tell it: only what this client looks at."""

    def __init__(self, meeting):
        self.state = meeting
        self.seq = meeting["seq"]

    def apply(self, message):
        """Applies an event. True if it is the next one, False if it is old."""
        if message["seq"] <= self.seq:
            return False
        check(message["seq"] == self.seq + 1, f"a gap: {message['seq']} follows {self.seq}")
        self.seq = message["seq"]
        event, at, state = message["event"], message["at"], self.state
        person = state["participants"].get(event.get("participant"))
        match event["type"]:
            case "joined":
                new = {"id": event["participant"], "stage": None, "held": False, "presence": None}
                person = state["participants"].setdefault(event["participant"], new)
                person.update({k: event[k] for k in ("source", "name", "role", "auto_open")})
            case "seat-opened":
                seats = (person["presence"] or {}).get("seats", [])
                seat = {"id": event["seat"], "kind": event["kind"]}
                person["presence"] = {"is": "here", "seats": seats + [seat]}
            case "seat-closed":
                left = [s for s in person["presence"].get("seats", []) if s["id"] != event["seat"]]
                person["presence"] = {"is": "here", "seats": left} if left else {"is": "away", "since": at}
            case "hand-raised":
                hand = {"id": event["hand"], "raised_at": at, "supporters": []}
                hand.update({k: event[k] for k in ("participant", "kind", "topic")})
                state["waiting"].append(hand)
            case "hand-reworded":
                hand = next(h for h in state["waiting"] if h["id"] == event["hand"])
                hand.update(kind=event["kind"], topic=event["topic"])
            case "called":
                hand = next(h for h in state["waiting"] if h["id"] == event["hand"])
                state["waiting"].remove(hand)
                state["turn"] = {"id": event["turn"], "hand": hand, "started_at": at, "ended_at": None}
            case "turn-ended":
                state["turns"].append(dict(state["turn"], ended_at=at))
                state["turn"] = None
            case "stepped-up":
                since = (person["stage"] or {}).get("since", at)
                person["stage"] = {k: event[k] for k in ("reason", "muted")} | {"since": since}
            case "renamed":
                person["name"] = event["name"]
            case "auto-open-set":
                person["auto_open"] = event["on"]
            case "stepped-down":
                person["stage"] = None
            case "muted" | "unmuted":
                person["stage"]["muted"] = event["type"] == "muted"
            case "held":
                person["held"] = True
            case "released":
                person["held"] = False
                if person["stage"]:
                    person["stage"]["muted"] = True
            case "started":
                state["phase"] = "live"
                state["clock"]["started_at"] = at
            case "ended":
                state["phase"] = "ended"
                state["clock"]["ended_at"] = at
        return True

    def mic(self, who):
        """What the person's microphone is."""
        person = self.state["participants"][who]
        if person["stage"] is None:
            return "closed"
        return "held" if person["held"] else "muted" if person["stage"]["muted"] else "live"


class Client:
    """One person's connection."""

    def __init__(self, url, seed, **hello):
        self.url, self.seed, self.hello = url, seed, hello
        self.me = ed25519.fingerprint(ed25519.public_key(seed))
        self.prefix, self.commands = base64.b64encode(os.urandom(6)).decode(), 0
        self.mirror, self.audio, self.levels = None, [], []
        self.connect()

    def connect(self, **more):
        """Opens the link, proves the key, says hello, and waits for the welcome."""
        self.link = WebSocket(self.url, "palco.v1", PATIENCE)
        challenge = self.receive()
        check(challenge["type"] == "challenge", f"no challenge but {challenge}")
        check(len(base64.b64decode(challenge["nonce"])) == 32, "the nonce is 32 bytes")
        room = self.url.rsplit("/", 1)[1]
        statement = f"palco.v1\n{challenge['nonce']}\n{room}\n".encode()
        self.say(
            type="hello",
            room=room,
            key=ed25519.ssh_line(ed25519.public_key(self.seed)),
            signature=base64.b64encode(ed25519.sign(self.seed, statement)).decode(),
            client="client.py",
            **self.hello,
            **more,
        )
        self.welcome = self.until(lambda m: m["type"] == "welcome")
        check(self.welcome["you"] == self.me, "the server knows the key by another fingerprint")

    def say(self, **message):
        """Sends a text message."""
        self.link.text(json.dumps(message))

    def receive(self, timeout=PATIENCE):
        """The next text message, after its effect on the mirror; audio on the way is kept in `audio`."""
        while True:
            data = self.link.receive(timeout)
            if isinstance(data, bytes):
                self.audio += read_audio(data)
                continue
            message = json.loads(data)
            if message["type"] == "snapshot":
                self.mirror = Mirror(message["meeting"])
            elif message["type"] == "event" and self.mirror:
                self.mirror.apply(message)
            elif message["type"] == "signals":
                self.levels = message["levels"]
            return message

    def until(self, wanted, what="the message waited for"):
        """Receives until a message is wanted."""
        deadline = time.monotonic() + PATIENCE
        while (left := deadline - time.monotonic()) > 0:
            message = self.receive(left)
            if message["type"] == "refused" and not wanted(message):
                raise AssertionError(f"refused: {message['code']}: {message['text']}")
            if wanted(message):
                return message
        raise TimeoutError(f"{what} did not come")

    def until_state(self, holds, what):
        """Receives until the mirror is as wanted."""
        if not (self.mirror and holds(self.mirror.state)):
            self.until(lambda _: self.mirror and holds(self.mirror.state), what)

    def until_event(self, kind):
        """Receives until an event of this kind."""
        return self.until(lambda m: m["type"] == "event" and m["event"]["type"] == kind, kind)["event"]

    def command(self, id=None, **command):
        """Sends a command and returns its answer."""
        if id is None:
            self.commands += 1
            id = f"{self.prefix}-{self.commands}"
        self.say(type="command", id=id, command=command)
        return self.until(lambda m: m["type"] in ("accepted", "rejected") and m["id"] == id, f"{command}")

    def do(self, **command):
        """Sends a command that has to be accepted."""
        answer = self.command(**command)
        check(answer["type"] == "accepted", f"{command} was {answer}")
        check(answer["seq"] == self.mirror.seq, "the answer came before its events")
        return answer

    def refused(self, code, **command):
        """Sends a command that has to be rejected with this code."""
        answer = self.command(**command)
        check(answer["type"] == "rejected" and answer["code"] == code, f"{command} was {answer}, not {code}")
        check(answer["text"], "a rejection says a sentence")

    def talk(self, packets, first_frame=0):
        """Sends packets at once: one record a message, then the rest in one."""
        records = [(0, first_frame + i & 0xFFFF, VOICE, p) for i, p in enumerate(packets)]
        self.link.binary(write_audio(records[:1]))
        self.link.binary(write_audio(records[1:]))

    def sync(self):
        """Returns when everything sent before has been read by the server: a ping comes back."""
        stamp = int(time.time() * 1000)
        self.say(type="ping", sent=stamp)
        pong = self.until(lambda m: m["type"] == "pong", "the pong")
        check(pong["sent"] == stamp and pong["now"] > 0, f"a pong repeats what was sent: {pong}")


def settle(speaker, listener):
    """Returns when the listener has what the speaker's packets may have led to: a later event came by the same way."""
    speaker.do(type="auto-open", on=False)
    speaker.do(type="auto-open", on=True)
    seq = speaker.mirror.seq
    listener.until_state(lambda _: listener.mirror.seq >= seq, "the event after the packets")
    listener.sync()


def write_audio(records):
    """A binary message of (source, frame, level, packet)."""
    out = b"\x01"
    for source, frame, level, packet in records:
        out += source.to_bytes(2, "big") + frame.to_bytes(2, "big") + bytes([level])
        out += len(packet).to_bytes(2, "big") + packet
    return out


def read_audio(data):
    """The (source, frame, level, packet) of a binary message."""
    check(data[0] == 1, f"binary kind {data[0]}")
    records, at = [], 1
    while at < len(data):
        length = int.from_bytes(data[at + 5 : at + 7], "big")
        packet = data[at + 7 : at + 7 + length]
        check(len(packet) == length > 0, "a record is cut short")
        source, frame = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
        records.append((source, frame, data[at + 4], packet))
        at += 7 + length
    return records


def listen(client, count):
    """Receives until that many records came; forgets them."""
    while len(client.audio) < count:
        data = client.link.receive(PATIENCE)
        if isinstance(data, bytes):
            client.audio += read_audio(data)
        else:
            message = json.loads(data)
            if message["type"] == "event":
                client.mirror.apply(message)
    heard, client.audio = client.audio, []
    return heard


def meeting(url, packets):
    """The small meeting."""
    seeds = [hashlib.sha256(f"{url} {name}".encode() + os.urandom(8)).digest() for name in ("host", "ana")]
    host = Client(
        url,
        seeds[0],
        open={"title": "From analog lines to full VoIP", "length_ms": 3_600_000},
        join={"name": "Stefano", "kind": "console"},
        feed="forward",
        signals=True,
    )
    host.until_state(lambda s: host.me in s["participants"], "the host's own seat")
    check(host.mirror.state["participants"][host.me]["role"] == "host", "who opens a room is its host")
    host.do(type="start")
    host.until_state(lambda s: s["phase"] == "live", "the start")
    print("ok: a host opens a room, joins and starts the meeting", flush=True)

    ana = Client(
        url, seeds[1], join={"name": "Ana", "kind": "console", "auto_open": True}, feed="forward", signals=False
    )
    ana.until_state(lambda s: ana.me in s["participants"], "Ana's own seat")
    host.until_state(lambda s: ana.me in s["participants"], "Ana")
    print("ok: a guest joins and both see each other", flush=True)

    ana.refused("not-allowed", type="next", current=None)
    ana.refused("bad-command", type="dance", partner="Stefano")
    raised = ana.command(id="the-hand", type="raise", topic="Fax over T.38, really?")
    check(raised["type"] == "accepted", f"raise was {raised}")
    again = ana.command(id="the-hand", type="raise", topic="Fax over T.38, really?")
    check(again == raised, f"a repeated id was {again}, at first {raised}")
    event = host.until_event("hand-raised")
    check(event["topic"] == "Fax over T.38, really?" and event["kind"] == "question", f"{event}")
    check([h["participant"] for h in host.mirror.state["waiting"]] == [ana.me], "one hand waits: Ana's")
    print("ok: she raises her hand, once", flush=True)

    ana.talk(packets)
    settle(ana, host)
    check(not host.audio, "a closed microphone was heard")
    print("ok: she is not heard before her turn", flush=True)

    host.do(type="next", current=None)
    ana.until_state(lambda s: s["turn"] and ana.mirror.mic(ana.me) == "live", "her turn")
    host.refused("stale-turn", type="next", current=None)
    ana.talk(packets, first_frame=65534)
    heard = listen(host, len(packets))
    source = host.mirror.state["participants"][ana.me]["source"]
    check([r[0] for r in heard] == [source] * len(packets), f"source {source} expected, {heard}")
    check([r[1] for r in heard] == [(65534 + i) & 0xFFFF for i in range(len(packets))], "frames in order")
    check([r[3] for r in heard] == packets and heard[0][2] == VOICE, "packets and levels unchanged")
    ana.sync()
    check(not ana.audio, "nobody hears themselves")
    print(f"ok: she is called, her microphone opens, and {len(packets)} packets are heard", flush=True)

    token, seat, seq = ana.welcome["resume"], ana.welcome["seat"], ana.mirror.seq
    ana.link.cut()
    host.do(type="rename", name="Stefano P.")
    ana.connect(resume={"token": token, "seq": seq})
    taken = {"id": ana.welcome["seat"], "kind": "console"}
    presence = {"is": "here", "seats": [taken]}
    ana.until_state(lambda s: s["participants"][ana.me]["presence"] == presence, "her new seat, and no other")
    check(ana.welcome["seat"] > seat, f"a newer seat than {seat} expected, {ana.welcome}")
    check(ana.mirror.state["turn"] and ana.mirror.mic(ana.me) == "live", "her turn goes on")
    check(ana.mirror.state["participants"][host.me]["name"] == "Stefano P.", "she missed something")
    print("ok: her link dies, she comes back to her seat and turn, and misses nothing", flush=True)

    turn = host.mirror.state["turn"]["id"]
    host.do(type="done", turn=turn)
    ana.until_state(lambda s: s["turn"] is None and ana.mirror.mic(ana.me) == "closed", "the end of her turn")
    host.sync()
    host.audio = []
    ana.talk(packets)
    settle(ana, host)
    check(not host.audio, "she was heard after her turn")
    print("ok: her turn ends and she is not heard any more", flush=True)

    ana.say(type="feed", feed="none")
    ana.say(type="resync")
    snapshot = ana.until(lambda m: m["type"] == "snapshot", "the snapshot")["meeting"]
    check(snapshot["turns"][0]["hand"]["topic"] == "Fax over T.38, really?", "the turn is remembered")
    print("ok: a snapshot comes when asked for", flush=True)

    check(closed(ana, lambda: ana.do(type="leave"))[0] == 1000, "leaving closes with 1000")
    host.until_event("left")
    stray = WebSocket(url, "palco.v1", PATIENCE)
    stray.receive(PATIENCE)
    stray.text('{"type":"hello","room":"monday","key":"none","signature":""}')
    check(json.loads(stray.receive(PATIENCE))["type"] == "refused", "a bad proof is refused")
    check(closed_link(stray)[0] == 1008, "a bad proof closes with 1008")
    print("ok: she leaves, and who proves nothing stays outside", flush=True)
    host.do(type="end")


def closed(client, act):
    """The close code and reason that come during or after an act."""
    try:
        act()
    except Closed as why:
        return why.code, why.reason
    return closed_link(client.link)


def closed_link(link):
    """The close code and reason with which a link ends."""
    try:
        while True:
            link.receive(PATIENCE)
    except Closed as why:
        return why.code, why.reason


def main():
    """Runs the meeting and tells how it went."""
    url = sys.argv[1]
    packets = SILENCE
    if len(sys.argv) > 2:
        with open(sys.argv[2], encoding="ascii") as lines:
            packets = [bytes.fromhex(line) for line in lines]
    try:
        meeting(url, packets)
    except (AssertionError, Closed, OSError) as why:
        print(f"not as the page says: {type(why).__name__}: {why}", file=sys.stderr)
        return 1
    print("the meeting was as the page says")
    return 0


if __name__ == "__main__":
    sys.exit(main())
