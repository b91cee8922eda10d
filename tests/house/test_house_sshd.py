"""What sshd makes of our drop-in: read without a word, and what an office allows elsewhere is shut for persons."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DROP_IN = ROOT / "systemd" / "sshd_config.d" / "callbox.conf"
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin") or ""

pytestmark = [
    pytest.mark.rig,
    pytest.mark.skipif(not SSHD, reason="sshd is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="not root: sshd -T asks for the groups of an account"),
]

OFFICE = """\
AcceptEnv LANG LC_* PYTHON*
AllowTcpForwarding yes
AllowAgentForwarding yes
X11Forwarding yes
PermitTunnel yes
PermitUserRC yes
PasswordAuthentication yes
KbdInteractiveAuthentication yes
MaxSessions 1
Subsystem sftp internal-sftp
"""
"""As open as it can be."""

SHUT = {
    "forcecommand": "exec /opt/callbox/.venv/bin/python -I -m firmware.shell --ssh",
    "authorizedkeysfile": "/etc/callbox/persons/%u",
    "authorizedkeyscommand": "none",
    "trustedusercakeys": "none",
    "authenticationmethods": "publickey",
    "passwordauthentication": "no",
    "kbdinteractiveauthentication": "no",
    "hostbasedauthentication": "no",
    "gssapiauthentication": "no",
    "disableforwarding": "yes",
    "allowtcpforwarding": "no",
    "allowstreamlocalforwarding": "no",
    "allowagentforwarding": "no",
    "x11forwarding": "no",
    "permittunnel": "no",
    "permituserrc": "no",
    "permittty": "yes",
    "acceptenv": "none",
    "maxsessions": "20",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Our drop-in before an office's own settings, as Debian includes it; root's group stands in for that of persons."""
    key, path = tmp_path / "host", tmp_path / "sshd_config"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    (tmp_path / "callbox.conf").write_text(DROP_IN.read_text().replace("callbox-persons", "root"))
    path.write_text(f"Include {tmp_path}/*.conf\nHostKey {key}\n{OFFICE}")
    return path


def effective(config: Path, user: str) -> dict[str, list[str]]:
    """What counts for an account, each option with all its lines."""
    words = [SSHD, "-T", "-f", config, "-C", f"user={user},host=pc,addr=192.0.2.7"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition(" ")
        found.setdefault(name, []).append(value)
    return found


def test_sshd_reads_it_without_a_word(config: Path) -> None:
    """`sshd -t` has nothing to say of our file as it is installed."""
    shutil.copy(DROP_IN, config.parent / "callbox.conf")
    done = subprocess.run([SSHD, "-t", "-f", config], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_the_office_allows_is_shut_for_persons(config: Path) -> None:
    """Each option of ours counts, and alone: the office's own patterns of the environment are not added."""
    found = effective(config, "root")
    for name, value in SHUT.items():
        assert found[name] == [value], name


def test_nobody_else_is_touched(config: Path) -> None:
    """What is in our file ends with it."""
    found = effective(config, "nobody")
    assert found["forcecommand"] == ["none"]
    assert found["maxsessions"] == ["1"]
    assert found["passwordauthentication"] == ["yes"]
    assert " ".join(found["acceptenv"]).split() == ["LANG", "LC_*", "PYTHON*"]
