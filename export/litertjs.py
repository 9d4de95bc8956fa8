"""LiteRT.js, as published on npm: downloaded once, verified, and kept in the user's cache.

It is not part of the distribution: its WebAssembly alone has 9 MB.
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

FOLDER_VARIABLE = "COVERZOO_LITERTJS"
"""Environment variable that names a folder with the two packages, for machines without npm."""

WASM_FILE = "litert_wasm_compat_internal.wasm"

TIMEOUT = 600  # seconds, for 12 MB


@dataclass(frozen=True)
class Package:
    """One version of an npm package.

    Attributes:
        name: Name of the package.
        version: Version that this was tested with.
        integrity: SHA-512 of its archive in base64, as npm states it.
        files: Names that files of the package have on the page, by their path in the package.
    """

    name: str
    version: str
    integrity: str
    files: dict[str, str]

    @property
    def archive(self) -> str:
        """Name of the file that `npm pack` writes."""
        return f"{self.name.strip('@').replace('/', '-')}-{self.version}.tgz"


PACKAGES = (
    Package(
        "@litertjs/core",
        "2.5.3",
        "PlGmbMOq9WitX7FO0jhbdJw9GthatsyuCQXjTt/wJZo0FLaw48q4tz8IwqgqCIkviYGr9OFDL1kCnN4nzWoyJQ==",
        {
            "dist/index.js": "core.js",
            # The one of four builds that runs in every browser and from every server: without
            # threads, which need two headers, and without relaxed SIMD, which some browsers lack.
            "wasm/litert_wasm_compat_internal.js": "litert_wasm_compat_internal.js",
            f"wasm/{WASM_FILE}": WASM_FILE,
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
    """Write the files of LiteRT.js that a page needs into a new folder, with a notice.

    Raises:
        UserError: If an archive is not in the cache and cannot be downloaded, or is damaged.
    """
    archives = [_archive(package) for package in PACKAGES]
    folder.mkdir(parents=True)
    for package, archive in zip(PACKAGES, archives, strict=True):
        with tarfile.open(archive) as content:
            for inside, name in package.files.items():
                # Member by member, so that no path in the archive decides where a file is written.
                member = content.extractfile(f"package/{inside}")
                if member is None:
                    raise UserError(f"{archive}: has no file {inside}. Download it again.")
                (folder / name).write_bytes(member.read())
    names = " and ".join(f"{package.name} {package.version}" for package in PACKAGES)
    (folder / "NOTICE.txt").write_text(_NOTICE.format(packages=names))


def _archive(package: Package) -> Path:
    """The archive of a package, verified; downloaded where it is not in the cache."""
    given = os.environ.get(FOLDER_VARIABLE)
    if given:
        archive = Path(given) / package.archive
        if not archive.is_file():
            raise UserError(f"{archive}: not found in the folder that {FOLDER_VARIABLE} names")
    else:
        archive = user_cache_path("coverzoo") / "litertjs" / package.archive
        if not archive.is_file():
            _download(package, archive)
    if _integrity(archive) != package.integrity:
        remedy = "Download it again"
        if not given:
            archive.unlink()
            remedy = "It was deleted; try again"
        raise UserError(
            f"{archive}: is not {package.name} {package.version} as published. {remedy}."
        )
    return archive


def _download(package: Package, archive: Path) -> None:
    """Download an archive by npm, so that its proxy and registry settings apply."""
    wanted = f"{package.name}@{package.version}"
    archives = " and ".join(each.archive for each in PACKAGES)
    remedy = f"or set {FOLDER_VARIABLE} to a folder that holds {archives}"
    npm = shutil.which("npm")
    if npm is None:
        raise UserError(
            f"web: LiteRT.js is downloaded by npm, which is missing. Install Node.js, {remedy}"
        )
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".partial-") as folder:
        try:
            done = subprocess.run(
                [npm, "pack", wanted, "--silent", "--pack-destination", folder],
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
                cwd=folder,  # so that no package.json nearby has an effect
            )
            fault = "" if done.returncode == 0 else _last_line(done.stderr)
        except subprocess.TimeoutExpired:
            fault = f"no answer for {TIMEOUT} s"
        downloaded = Path(folder) / package.archive
        if fault or not downloaded.is_file():
            raise UserError(
                f"web: npm could not download {wanted} ({fault or 'it wrote no file'}). "
                f"Try again online, {remedy}"
            )
        os.replace(downloaded, archive)


def _last_line(stderr: str) -> str:
    """The last error that npm reports, without the line about its log file."""
    lines = [line for line in stderr.splitlines() if "error" in line and "log of this" not in line]
    return lines[-1].strip() if lines else "no reason given"


def _integrity(archive: Path) -> str:
    with archive.open("rb") as content:
        return base64.b64encode(hashlib.file_digest(content, "sha512").digest()).decode()
