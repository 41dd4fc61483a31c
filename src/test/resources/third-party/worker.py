#!/usr/bin/env python3
"""A worker written from docs/protocol.md alone, with nothing but Python's standard library.

worker.py HOST PORT TOKEN [COMMANDS]: registers over /ws/node, carries out COMMANDS commands (1 unless told) by
returning their own data, prints one line per message it understands, and leaves with a goodbye.
"""
import base64
import json
import os
import socket
import struct
import sys
import threading
import time
import uuid
from datetime import datetime, timezone


class WebSocket:
    """RFC 6455, client side, text frames; just enough."""

    def __init__(self, host, port, path, token):
        self.socket = socket.create_connection((host, port), timeout=60)
        self.lock = threading.Lock()
        self.buffer = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            (
                f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n\r\n"
            ).encode()
        )
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.socket.recv(4096)
            if not part:
                raise SystemExit("closed during the handshake")
            head += part
        head, self.buffer = head.split(b"\r\n\r\n", 1)
        status = head.split(b"\r\n")[0].decode()
        if " 101 " not in status:
            raise SystemExit(status)

    def send(self, text, opcode=1):
        payload = text.encode() if isinstance(text, str) else text
        mask = os.urandom(4)
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        else:
            head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
        with self.lock:
            self.socket.sendall(head + mask + masked)

    def _take(self, count):
        while len(self.buffer) < count:
            part = self.socket.recv(65536)
            if not part:
                raise SystemExit("connection closed")
            self.buffer += part
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def receive(self):
        """The next text message; None when the server closes."""
        message = b""
        while True:
            first, second = self._take(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack("!H", self._take(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self._take(8))[0]
            payload = self._take(size)
            opcode = first & 0x0F
            if opcode == 8:
                print("closed", struct.unpack("!H", payload[:2])[0] if payload else "", flush=True)
                return None
            if opcode == 9:
                self.send(payload, 10)
            elif opcode in (0, 1, 2):
                message += payload
                if first & 0x80:
                    return message.decode()


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def envelope(kind, data, metadata=None, correlation=None):
    message = {"type": kind, "messageId": str(uuid.uuid4()), "timestamp": now(), "data": data}
    if metadata:
        message["metadata"] = metadata
    if correlation:
        message["correlationId"] = correlation
    return json.dumps(message)


def offer(link, session, result):
    link.send(envelope("command.result", {"sessionId": session, **result}))


def main():
    host, port, token = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    wanted = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    link = WebSocket(host, port, "/ws/node", token)
    session = None
    results = {}  # by command id: a command is carried out at most once, however often it arrives
    stored = set()
    while True:
        text = link.receive()
        if text is None:
            return
        message = json.loads(text)
        kind, data = message["type"], message.get("data", {})
        if kind == "connection.ack":
            print("connected as", data["nodeId"], flush=True)
            link.send(
                envelope(
                    "node.register",
                    {
                        "name": "third-party",
                        "hostname": "elsewhere",
                        "agentVersion": "0.0.1",
                        "role": "cpu",
                        "capabilities": ["echo"],
                        "runtimes": [],
                        "maxParallel": 2,
                        "system": {"cpu": {"cores": 1}, "memory": {"totalBytes": 1073741824}},
                        "running": [],
                        "unacknowledgedResults": [],
                    },
                )
            )
        elif kind == "register.ack":
            if not data["accepted"]:
                raise SystemExit("refused: " + str(data.get("reason")))
            session = data["sessionId"]
            print("registered", flush=True)
            beat = {"sessionId": session, "sequence": 1, "status": "IDLE", "activeCommands": [], "cpuUsage": 0.1,
                    "memoryUsedBytes": 1, "gpus": []}
            link.send(envelope("telemetry.heartbeat", beat))
        elif kind == "heartbeat.ack":
            print("heartbeat heard, next in", data["nextHeartbeatMs"], flush=True)
        elif kind == "result.ack":
            print("result stored", flush=True)
            stored.add(data["commandId"])
            if len(stored) >= wanted:
                link.send(envelope("goodbye", {"sessionId": session, "reason": "done"}))
                time.sleep(0.2)
                return
        elif kind == "command.cancel":
            # nothing here takes long enough to be stopped: either it has a result, or it never begins
            command = data["commandId"]
            if command not in results:
                results[command] = {"commandId": command, "outcome": "cancelled", "startedAt": now(), "finishedAt": now()}
            offer(link, session, results[command])
        elif "commandId" in message.get("metadata", {}):
            metadata = message["metadata"]
            command = metadata["commandId"]
            link.send(envelope("command.ack", {"sessionId": session, "commandId": command, "accepted": True},
                               metadata, message["messageId"]))
            if command not in results:
                print("command", kind, command, flush=True)
                began = now()
                link.send(envelope("command.progress", {"sessionId": session, "commandId": command, "percent": 50,
                                                        "message": "half way"}, metadata))
                results[command] = {"commandId": command, "outcome": "success", "output": {"echo": data},
                                    "startedAt": began, "finishedAt": now()}
            offer(link, session, results[command])

main()
