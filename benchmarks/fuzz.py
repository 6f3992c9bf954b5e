"""Fuzzes all parsers of external bytes: exceptions that escape, and the time of each input.

    python -m benchmarks.fuzz [SCALE]

mutates valid samples (bits, cuts, repeats, splices, extreme values) and passes them to the parsers, which may raise the
errors that they document. SCALE 1, the default, is 10 million RTP packets and a million other inputs; only this run
writes docs/fuzzing.md.
"""

from __future__ import annotations

import json
import logging
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from struct import pack

from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from benchmarks.film import encode_film
from streamsign.captions.events import Choose, report_adapter
from streamsign.collection.manifest import read_manifest
from streamsign.errors import StreamsignError
from streamsign.recognition.folders import read_document
from streamsign.recognition.model import ModelInfo
from streamsign.recognition.tuning import load_tuning
from streamsign.server.cameras.fragment import parse_fragment
from streamsign.server.devices.registry import devices_file
from streamsign.state.grants import Right, Signer
from streamsign.state.private import read_token
from streamsign.webrtc.decoder import Decoder
from streamsign.webrtc.jitter import EncodedFrame, JitterBuffer
from streamsign.webrtc.offer import negotiate
from streamsign.webrtc.payload import media_packet
from streamsign.webrtc.rtp import parse_rtp

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "fuzzing.md"
OFFERS = ROOT / "tests" / "webrtc" / "offers"

RTP_PACKETS, OTHER_INPUTS, DECODED_FRAMES = 10_000_000, 1_000_000, 20_000
MAX_BYTES = 64 * 1024
_EXTREMES = (b"\0", b"\xff" * 4, b"\x80\0\0\0", b"-1", b"1e999", b"NaN", b"[" * 64, b"\xed\xa0\x80", b'"' * 9, b"\r\n")

Check = Callable[[bytes], object]


@dataclass(slots=True)
class FuzzResult:
    """Result of one target.

    Attributes:
        target: name of the parser.
        inputs: number of inputs.
        refused: number of inputs rejected with a documented error.
        uncaught: other exceptions, by type.
        example: the first input that raised one, hexadecimal.
        slowest_ms: longest time of one input, CPU time of this process.
        grown_mb: growth of the process' peak memory over the whole run.
    """

    target: str
    inputs: int = 0
    refused: int = 0
    uncaught: dict[str, int] = field(default_factory=dict)
    example: str = ""
    slowest_ms: float = 0.0
    grown_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class FuzzTarget:
    """A parser of external bytes.

    Attributes:
        name: of the row.
        samples: valid inputs.
        read: reads one input.
        refusals: the errors it documents.
        share: of its kind's inputs.
    """

    name: str
    samples: tuple[bytes, ...]
    read: Check
    refusals: tuple[type[Exception], ...]
    share: float


def mutated(sample: bytes, chance: random.Random) -> bytes:
    """A sample with one to four changes, at most :data:`MAX_BYTES` long."""
    data = bytearray(sample)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0 | 1 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 2:
                del data[at:]
            case 3:
                data[at:at] = data[at : at + chance.randrange(1, 40)] * chance.randrange(1, 4)
            case 4:
                data[at : at + chance.randrange(9)] = chance.choice(_EXTREMES)
            case _:
                data[at : at + 1] = chance.randbytes(chance.randrange(1, 5))
    return bytes(data[:MAX_BYTES])


def fuzz(target: FuzzTarget, inputs: int, seed: int) -> FuzzResult:
    """Run a target on a number of mutated samples."""
    chance = random.Random(seed)
    found = FuzzResult(target.name, inputs)
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(inputs):
        data = mutated(chance.choice(target.samples), chance)
        began_ns = time.thread_time_ns()
        try:
            target.read(data)
        except target.refusals:
            found.refused += 1
        except Exception as error:
            name = type(error).__name__
            found.uncaught[name] = found.uncaught.get(name, 0) + 1
            found.example = found.example or data.hex()[:400]
        found.slowest_ms = max(found.slowest_ms, (time.thread_time_ns() - began_ns) / 1e6)
    found.grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) / 1024
    return found


def targets(folder: Path) -> tuple[list[FuzzTarget], list[FuzzTarget], FuzzTarget]:
    """The targets: RTP of both codecs, all other input, and the decoder.

    Args:
        folder: an empty one for files.
    """
    film = encode_film(320, 240, 15, 300_000, word="L")
    rtp = [_rtp_target("VP8", _vp8_packets(film.frames)), _rtp_target("H264", _h264_packets())]
    decoder = FuzzTarget("decoder, VP8", film.frames[:40], _Decoding(), (), 1.0)
    return rtp, _other_targets(folder), decoder


def _rtp_target(codec: str, samples: tuple[bytes, ...]) -> FuzzTarget:
    parameters = RTCRtpCodecParameters(mimeType=f"video/{codec}", clockRate=90_000, payloadType=97)
    buffer, now_s = JitterBuffer(), 0.0

    def read(data: bytes) -> None:
        nonlocal now_s
        now_s += 0.001
        buffer.poll(now_s)
        buffer.add(media_packet(parse_rtp(data, 3), parameters), now_s)

    return FuzzTarget(f"RTP packet to jitter buffer, {codec}", samples, read, (ValueError,), 0.5)


def _vp8_packets(frames: Iterable[bytes]) -> tuple[bytes, ...]:
    chunks = [
        (number, at == 0, at + 1100 >= len(frame), frame[at : at + 1100])
        for number, frame in enumerate(frames)
        for at in range(0, len(frame), 1100)
    ]
    return tuple(
        _rtp(
            place,
            number,
            last,
            b"\x90\x80" + bytes([number & 0x7F]) + chunk if first else b"\x80\x80" + bytes([number & 0x7F]) + chunk,
        )
        for place, (number, first, last, chunk) in enumerate(chunks[:400])
    )


def _h264_packets() -> tuple[bytes, ...]:
    sps, pps, slice_ = b"\x67\x42\xc0\x1f\xda\x01\x40", b"\x68\xce\x3c\x80", b"\x65\x88" + bytes(range(200))
    payloads = [
        sps,
        pps,
        slice_,
        b"\x41\x9a" + bytes(120),
        b"\x78" + b"".join(pack("!H", len(unit)) + unit for unit in (sps, pps)),
        b"\x7c\x85\x88" + bytes(300),
        b"\x7c\x05" + bytes(300),
        b"\x7c\x45" + bytes(90),
    ]
    return tuple(_rtp(place, place // 4, place % 4 == 3, payload) for place, payload in enumerate(payloads * 4))


def _rtp(sequence: int, frame: int, marker: bool, payload: bytes) -> bytes:
    header = pack("!BBHII", 0x90, 97 | (marker << 7), sequence, 3000 * frame, 0xC0FFEE)
    return header + pack("!HH", 0xBEDE, 1) + b"\x32\x01\x02\x03" + payload


class _Decoding:
    """Decode each frame with the state of the frames before, as a camera's decoder does."""

    def __init__(self) -> None:
        self._decoder = Decoder()
        self._count = 0

    def __call__(self, data: bytes) -> None:
        self._count += 1
        key = bool(data) and not data[0] & 1
        self._decoder.put("VP8", EncodedFrame(data, 3000 * self._count, key, 97, 0.0, 0.0))
        self._decoder.newest()


def _other_targets(folder: Path) -> list[FuzzTarget]:
    texts = {
        "SDP offer": (tuple(path.read_bytes() for path in sorted(OFFERS.glob("*.sdp"))), _sdp, (StreamsignError,)),
        "ICE fragment (PATCH)": (
            (
                b"a=ice-ufrag:EsAw\r\na=ice-pwd:bP\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
                b"a=candidate:1 1 udp 2130706431 192.168.1.5 53422 typ host\r\na=end-of-candidates\r\n",
            ),
            lambda data: parse_fragment(data.decode(errors="replace")),
            (),
        ),
        "viewer's message": (
            (b'{"type":"pong","id":3,"received_s":1.5,"answered_s":1.6}', b'{"type":"painted","seq":7,"at_s":12.25}'),
            lambda data: report_adapter.validate_json(data),
            (ValueError,),
        ),
        "phone's message": (
            (b'{"type":"choose","hand":"largest"}',),
            lambda data: Choose.model_validate_json(data),
            (ValueError,),
        ),
        "token": (
            (Signer(b"k" * 32).make((Right.VIEW,), "main", 60).encode(),),
            lambda data: Signer(b"k" * 32).read(data.decode(errors="surrogateescape")),
            (),
        ),
    }
    models = sorted((ROOT / "models").glob("*/model.json"))
    files: dict[str, tuple[str, tuple[bytes, ...], Callable[[Path], object], tuple[type[Exception], ...]]] = {
        "model.json": (
            "model.json",
            tuple(path.read_bytes() for path in models),
            lambda path: read_document(path, ModelInfo),
            (StreamsignError,),
        ),
        "temporal.json": (
            "temporal.json",
            tuple(path.with_name("temporal.json").read_bytes() for path in models),
            lambda path: load_tuning(path.parent),
            (StreamsignError,),
        ),
        "manifest.csv": (
            "manifest.csv",
            (
                b"file,source,signer,letter,split,hand_x0,hand_y0,hand_x1,hand_y1,score\na.png,own,ann,C,train,1,2,30,40,0.9\n"
                b"b.png,own,bob,O,val,,,,,\n",
            ),
            lambda path: read_manifest(path.parent),
            (StreamsignError,),
        ),
        "devices.json": (
            "devices.json",
            (b'[{"id":"abc","kind":"iPhone","browser":"Safari","room":"main","paired_s":1.0,"expires_s":9e9}]',),
            devices_file,
            (),
        ),
        "token file": ("view-token", (b"0123456789abcdefghijklmnopqrstuv\n",), read_token, ()),
    }
    found = [FuzzTarget(name, *entry, 0.14) for name, entry in texts.items()]
    for name, (file, samples, read, refusals) in files.items():
        (place := folder / file.replace(".", "-")).mkdir()
        found.append(FuzzTarget(name, samples, _written(place / file, read), refusals, 0.06))
    return found


def _written(path: Path, read: Callable[[Path], object]) -> Check:
    def check(data: bytes) -> None:
        path.write_bytes(data)
        read(path)

    return check


def _sdp(data: bytes) -> None:
    negotiate(data.decode("utf-8", errors="replace"))


def run(scale: float, seed: int = 0) -> list[FuzzResult]:
    """Fuzz every target.

    Args:
        scale: share of the recorded run's inputs.
        seed: of the mutations.
    """
    with tempfile.TemporaryDirectory() as folder:
        rtp, other, decoder = targets(Path(folder))
        plan = [
            *((target, RTP_PACKETS) for target in rtp),
            *((target, OTHER_INPUTS) for target in other),
            (decoder, DECODED_FRAMES),
        ]
        return [fuzz(target, max(1, round(most * target.share * scale)), seed) for target, most in plan]


def write_document(found: Iterable[FuzzResult], path: Path = DOCUMENT) -> None:
    """Write the figures of a run."""
    rows = [
        f"| {each.target} | {each.inputs:,} | {each.refused:,} | {sum(each.uncaught.values())} "
        f"| {each.slowest_ms:.1f} | {each.grown_mb:.1f} |"
        for each in found
    ]
    path.write_text(
        "\n".join(
            [
                "# Fuzzing\n",
                "Written by `make fuzz`; do not edit by hand.\n",
                "Valid samples are changed at random (bits, cuts, repeats, extreme values) and given to each parser.",
                "*Refused* inputs raise the error that the parser documents. *Uncaught* is every other exception.",
                "*Slowest* is the CPU time of one input; *growth* is that of peak memory over all inputs of the row.\n",
                "| target | inputs | refused | uncaught | slowest, ms | growth, MB |",
                "|---|--:|--:|--:|--:|--:|",
                *rows,
                "",
            ]
        ),
        encoding="utf-8",
    )


def main() -> None:
    """``python -m benchmarks.fuzz [SCALE]``; exits 1 if an exception escapes."""
    logging.disable()  # each damaged state file logs a warning
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    found = run(scale)
    sys.stdout.write(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    if scale == 1:
        write_document(found)
    if any(each.uncaught for each in found):
        sys.exit(1)


if __name__ == "__main__":
    main()
