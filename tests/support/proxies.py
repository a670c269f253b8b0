"""nginx and Caddy before a server of the tests, with the very files of `deploy/`.

A name, ports and a certificate are filled in, as docs/deployment.md says.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.command_line import ROOT
from tests.support.running import free_port

NAMES = ("nginx", "caddy")
#: What stands for the name of the site in the files.
EXAMPLE = "chhlang.health.example"
#: What the environment of a server behind one of them holds (`deploy/chhlang.env`).
BEHIND = {"CHHLANG_HTTPS": "yes", "CHHLANG_PROXIES": "1"}


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs: what it is, where it answers, and whose certificate it shows."""

    name: str
    port: int
    plain_port: int
    certificate: Path
    log: Path

    @property
    def address(self) -> str:
        """Where it answers by HTTPS."""
        return f"https://localhost:{self.port}"

    @property
    def tls(self) -> ssl.SSLContext:
        """What a client needs to trust it."""
        return ssl.create_default_context(cafile=str(self.certificate))


def program(name: str) -> str | None:
    """Path of a program; None where it is not installed."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def with_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of our own for this machine, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, EXAMPLE)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, secret = folder / "chhlang.pem", folder / "chhlang.key"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem, secret


def nginx_configuration(folder: Path, changes: Mapping[str, str]) -> Path:
    """A whole configuration: Debian's frame, as far as it matters, around the file of `deploy/`."""
    text = (ROOT / "deploy" / "nginx" / "chhlang.conf").read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    (folder / "logs").mkdir(exist_ok=True)
    places = "".join(
        f"{one}_temp_path {folder}/{one};\n" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = folder / "nginx.conf"
    whole.write_text(
        f"worker_processes 2;\nworker_rlimit_nofile 16384;\npid {folder}/nginx.pid;\nerror_log stderr;\n"
        f"events {{ worker_connections 8192; }}\nhttp {{\naccess_log off;\n{places}{text}\n}}\n",
        encoding="utf-8",
    )
    return whole


def _nginx(folder: Path, upstream: int, port: int, plain: int) -> list[str]:
    pem, secret = with_certificate(folder)
    changes = {
        EXAMPLE: "localhost",
        "/etc/ssl/chhlang.pem": str(pem),
        "/etc/ssl/chhlang.key": str(secret),
        "server 127.0.0.1:8050;": f"server 127.0.0.1:{upstream};",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{port} ",
    }
    whole = nginx_configuration(folder, changes)
    return [program("nginx") or "", "-p", str(folder), "-c", str(whole), "-g", "daemon off;"]


def _caddy(folder: Path, upstream: int, port: int, plain: int) -> list[str]:
    pem, secret = with_certificate(folder)
    text = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    ours = f"admin off\n\tskip_install_trust\n\thttp_port {plain}\n\thttps_port {port}\n\tservers {{"
    changes = {
        "servers {": ours,
        "@monitoring path": f"bind 127.0.0.1\n\ttls {pem} {secret}\n\t@monitoring path",
        "127.0.0.1:8050}": f"127.0.0.1:{upstream}}}",
        "{$CHHLANG_SITE:chhlang.health.example}": "localhost",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "Caddyfile"
    path.write_text(text, encoding="utf-8")
    return [program("caddy") or "", "run", "--adapter", "caddyfile", "--config", str(path)]


@contextmanager
def proxied(name: str, upstream: int, folder: Path) -> Iterator[Proxy]:
    """Start it before the server that listens on a port; stop it afterwards."""
    folder.chmod(0o755)  # nginx's workers are another account, where root starts it
    port, plain = free_port(), free_port()
    command = {"nginx": _nginx, "caddy": _caddy}[name](folder, upstream, port, plain)
    log = folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=written, stderr=written,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_DATA_HOME": str(folder)},
        )  # fmt: skip
    try:
        _wait(process, port, log)
        yield Proxy(name, port, plain, folder / "chhlang.pem", log)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the proxy did not start: {log.read_text(encoding='utf-8')[-2000:]}")
