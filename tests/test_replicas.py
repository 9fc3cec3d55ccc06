"""Several servers behind nginx: a reader stays with his, and goes on with another when it dies."""

import asyncio
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks.reader import Reader
from scripts.replicas import for_a_server, replicas

ROOT = Path(__file__).resolve().parents[1]


def test_the_file_for_a_server_redirects_to_tls_and_keeps_readers_apart() -> None:
    file = for_a_server("attention.example.org", [8501, 8502])
    assert "return 301 https://" in file
    assert "Strict-Transport-Security" in file
    assert "wss://attention.example.org;" in file
    assert file.count("server 127.0.0.1:850") == 2
    assert "{{" not in file


async def _at(address: str, number: int, sentence: str) -> tuple[str, int]:
    async with Reader(address, number) as reader:
        answer = await reader.open(sentence)
        return reader.mark, answer.own * (not answer.faults)


@pytest.mark.full  # two servers and nginx are started for it
def test_readers_of_a_server_that_died_are_back_on_the_other() -> None:
    with replicas(2) as running:
        readers = range(6)
        for number in readers:
            assert asyncio.run(_at(running.address, number, "the cat sleeps"))[1]
        running.kill(0)
        for number in readers:  # their links hold the sentence
            assert asyncio.run(_at(running.address, number, "the cat sleeps"))[1]
        with urllib.request.urlopen(running.address) as answer:
            sent = dict(answer.headers)
        assert sent["Set-Cookie"].startswith("attnviz_replica=")
        assert "frame-ancestors 'self'" in sent["Content-Security-Policy"]
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{running.address}/_stcore/metrics")


@pytest.mark.full
def test_nginx_takes_the_file_for_a_server(tmp_path: Path) -> None:
    program = subprocess.run([ROOT / "scripts" / "nginx"], check=True, capture_output=True, text=True).stdout.strip()
    file = tmp_path / "nginx.conf"
    text = for_a_server("attention.example.org", [8501]).replace("listen 443 ssl", "listen 443")  # no certificate here
    file.write_text(text, encoding="utf-8")
    tried = subprocess.run(
        [program, "-t", "-c", str(file), "-g", f"pid {tmp_path}/pid;"], capture_output=True, text=True
    )
    assert "syntax is ok" in tried.stderr
