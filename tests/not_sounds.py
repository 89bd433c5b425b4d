"""A second of sound, and what is found under a recording's name that is none."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import sound_forms as forms
import sounds

SECOND = forms.voices("agent left", 8_000, seconds=1.0)
WHOLE = sounds.wav(sounds.pcm(SECOND), channels=2)
ONE = sounds.pcm(SECOND[:1])


def png() -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + check

    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0\x55\xaa\x55\xaa\x55\xaa\x55\xaa" * 8)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("call.wav", WHOLE)
    return buffer.getvalue()


NOT_SOUND = {
    "empty": b"",
    "one byte": b"R",
    "only a header": WHOLE[:44],
    "only RIFF": b"RIFF",
    "only OggS": b"OggS",
    "only ID3": b"ID3\x03\0\0\0\0\0\0",
    "no samples": sounds.wav(b""),
    "text": b"Agent: hello, how can I help?\n" * 40,
    "html": b"<!doctype html><html><body><h1>403 Forbidden</h1></body></html>" * 20,
    "json": b'{"error": "not found"}',
    "a table": b"id,agent,handle_time\n1,ann,60\n" * 50,
    "a zip": zipped(),
    "a zip's end": zipped()[-60:],
    "gzip": b"\x1f\x8b\x08" + bytes(200),
    "a png": png(),
    "a gif": b"GIF89a\x01\0\x01\0\0\0\0;",
    "a pdf": b"%PDF-1.7\n1 0 obj<<>>endobj\n" * 30,
    "a program": b"\x7fELF" + bytes(600),
    "zeros": bytes(4_096),
    "ones": b"\xff" * 4_096,
    "spaces": b" " * 4_096,
    "a playlist": b"#EXTM3U\n#EXTINF:10,\nhttp://192.0.2.1/a.ts\n#EXT-X-ENDLIST\n",
    "a list of files": b"ffconcat version 1.0\nfile /etc/hostname\n",
    "a pickle": b"\x80\x04\x95\x0b\0\0\0\0\0\0\0\x8c\x07builtin\x94.",
}
