"""LiteRT.js, as published on npm: fetched once, verified, and kept in the user's cache.

It is no part of the distribution: its WebAssembly alone has 9 MB.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from coverzoo.errors import UserError

VARIABLE = "COVERZOO_LITERTJS"
"""Names a folder that holds the two packages, for where there is no npm."""

BINARY = "litert_wasm_compat_internal.wasm"

TIMEOUT = 600  # seconds; 12 MB


@dataclass(frozen=True)
class Package:
    """A version of a package, which is only taken whole.

    Attributes:
        name: on npm.
        version: the one this was tested with.
        integrity: SHA-512 of its archive, in base64, as npm states it.
        files: which of its files a page needs, and what they are called there.
    """

    name: str
    version: str
    integrity: str
    files: dict[str, str]

    @property
    def archive(self) -> str:
        """The file `npm pack` writes."""
        return f"{self.name.strip('@').replace('/', '-')}-{self.version}.tgz"


PACKAGES = (
    Package(
        "@litertjs/core",
        "2.5.3",
        "PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ==",
        {
            "dist/index.js": "core.js",
            # Of four builds the one that runs in every browser and on every server: no threads,
            # which need two headers, and no relaxed SIMD, which not every browser has.
            "wasm/litert_wasm_compat_internal.js": "litert_wasm_compat_internal.js",
            f"wasm/{BINARY}": BINARY,
        },
    ),
    Package(
        "@litertjs/wasm-utils",
        "2.5.3",
        "4fJiw6tBQnIs+0jH/OQ16nYOiSl8/+zZnn5h2ul8aTKHi05sVqZW580Tmk78pC2kT39A9OYBVdFawteZ/sI1kQ==",
        {"dist/index.js": "wasm-utils.js"},
    ),
)

_NOTICE = """\
LiteRT.js by Google LLC, unchanged, from the npm packages
{packages}.
Licensed under the Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0
"""


def copy(folder: Path) -> None:
    """Write what a page needs of LiteRT.js into a new folder, and whose it is.

    Raises:
        UserError: if it is neither kept nor to be had; the line tells the remedy.
    """
    archives = [_archive(package) for package in PACKAGES]
    folder.mkdir(parents=True)
    for package, archive in zip(PACKAGES, archives, strict=True):
        with tarfile.open(archive) as content:
            for inside, name in package.files.items():
                # Read member by member: nothing an archive says decides where a file goes.
                member = content.extractfile(f"package/{inside}")
                if member is None:
                    raise UserError(f"{archive}: no file {inside}")
                (folder / name).write_bytes(member.read())
    names = " and ".join(f"{package.name} {package.version}" for package in PACKAGES)
    (folder / "NOTICE.txt").write_text(_NOTICE.format(packages=names))


def _archive(package: Package) -> Path:
    """A package's archive, verified."""
    given = os.environ.get(VARIABLE)
    if given:
        archive = Path(given) / package.archive
        if not archive.is_file():
            raise UserError(f"{archive}: not there, and {VARIABLE} names its folder")
    else:
        archive = user_cache_path("coverzoo") / "litertjs" / package.archive
        if not archive.is_file():
            _fetch(package, archive)
    if _integrity(archive) != package.integrity:
        remedy = "Download it again"
        if not given:
            archive.unlink()
            remedy = "It was deleted; try again"
        raise UserError(
            f"{archive}: is not {package.name} {package.version} as published. {remedy}."
        )
    return archive


def _fetch(package: Package, archive: Path) -> None:
    """Let npm write an archive, so that its proxy and registry settings hold."""
    wanted = f"{package.name}@{package.version}"
    remedy = f"or set {VARIABLE} to a folder that holds {' and '.join(p.archive for p in PACKAGES)}"
    npm = shutil.which("npm")
    if npm is None:
        raise UserError(f"web: npm fetches LiteRT.js, and there is none. Install Node.js, {remedy}")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".partial-") as folder:
        try:
            done = subprocess.run(
                [npm, "pack", wanted, "--silent", "--pack-destination", folder],
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
                cwd=folder,  # away from whatever package.json is about
            )
            fault = "" if done.returncode == 0 else _last_line(done.stderr)
        except subprocess.TimeoutExpired:
            fault = f"no answer for {TIMEOUT} s"
        made = Path(folder) / package.archive
        if fault or not made.is_file():
            raise UserError(
                f"web: npm could not fetch {wanted} ({fault or 'it wrote no file'}). "
                f"Try again online, {remedy}"
            )
        os.replace(made, archive)


def _last_line(told: str) -> str:
    """What npm says is wrong; the line after it tells of a log file."""
    lines = [line for line in told.splitlines() if "error" in line and "log of this" not in line]
    return lines[-1].strip() if lines else "no reason given"


def _integrity(archive: Path) -> str:
    with archive.open("rb") as content:
        return base64.b64encode(hashlib.file_digest(content, "sha512").digest()).decode()
