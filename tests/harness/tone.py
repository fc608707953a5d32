"""Tones to say into a call, and which of them is heard in a recording."""

import array
import math
import wave
from collections.abc import Collection
from pathlib import Path

RATE = 8000


def write_tone(path: Path, frequency: int, rate: int = RATE, channels: int = 1) -> None:
    """Twenty seconds of it."""
    samples = (round(8000 * math.sin(2 * math.pi * frequency * n / rate)) for n in range(rate * 20))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(
            array.array("h", (each for each in samples for _ in range(channels))).tobytes()
        )


def loudest(path: Path, tones: Collection[int]) -> int:
    """Which of the tones is by far the loudest in a recording."""
    with wave.open(str(path)) as file:
        samples = array.array("h", file.readframes(RATE * 10))
    heard = samples[len(samples) // 4 : len(samples) // 4 + RATE // 2]
    power = {tone: strength(heard, tone) for tone in tones}
    best = max(power, key=lambda tone: power[tone])
    assert all(power[best] > 20 * value for tone, value in power.items() if tone != best), power
    return best


def strength(samples: "array.array[int]", frequency: int) -> float:
    """One bin of a Fourier transform."""
    angle = 2 * math.pi * frequency / RATE
    real = sum(value * math.cos(angle * n) for n, value in enumerate(samples))
    imaginary = sum(value * math.sin(angle * n) for n, value in enumerate(samples))
    return math.hypot(real, imaginary)


def peak(path: Path) -> int:
    """The loudest sample of a recording: 0 when there is only silence, at most 32,768."""
    with wave.open(str(path)) as file:
        return max(map(abs, array.array("h", file.readframes(file.getnframes()))), default=0)
