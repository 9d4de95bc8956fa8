"""The peer of `input_pipeline.py`: a Dataset and DataLoader of PyTorch, with Pillow.

A sample is a cover as float32 (S, S, 3) in [-1, 1], its audio vector, its genre's index and its
group. Runs in the peer's environment. Each line of standard input is the number of workers of the
next pass.

    python input_pipeline.py ROOT --batch 64 --size 128 --threads 2
"""

import argparse
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import PIL
import torch
from PIL import Image
from serve import serve
from torch.utils.data import DataLoader, Dataset


class Pairs(Dataset):
    """The train pairs below ROOT/audio-cover_dataset.

    Args:
        root: Folder of the data.
        size: Side of the covers in pixels.
    """

    def __init__(self, root: Path, size: int) -> None:
        self.size = size
        covers = root / "audio-cover_dataset" / "cover" / "train"
        vectors = root / "audio-cover_dataset" / "audio" / "train"
        genres = sorted(folder.name for folder in covers.iterdir())
        self.samples = [
            (cover, vector, number, group_of(cover.stem))
            for number, genre in enumerate(genres)
            for cover in sorted((covers / genre).glob("*.jpg"))
            if (vector := vectors / genre / f"{cover.stem}.npy").is_file()
        ]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        cover, vector, genre, group = self.samples[index]
        with Image.open(cover) as file:
            image = file.convert("RGB")
        if image.size != (self.size, self.size):
            image = image.resize((self.size, self.size), Image.Resampling.BICUBIC)
        pixels = np.asarray(image, np.float32) / 127.5 - 1.0
        return {
            "image": torch.from_numpy(pixels),
            "audio": torch.from_numpy(np.load(vector).astype(np.float32)),
            "genre": genre,
            "group": group,
        }


def group_of(name: str) -> int:
    """Return a number that is equal for samples of one artist."""
    digest = blake2b(name.rpartition("__")[2].encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def main() -> None:
    """Answer the lines of standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("root", type=Path)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    pairs = Pairs(options.root, options.size)
    loaders: dict[int, DataLoader] = {}

    def read(line: str) -> dict[str, float]:
        workers = int(line)
        if workers not in loaders:
            loaders[workers] = DataLoader(
                pairs,
                options.batch,
                shuffle=True,
                drop_last=True,
                num_workers=workers,
                persistent_workers=workers > 0,
            )
        images = 0
        start = time.perf_counter()
        for batch in loaders[workers]:
            images += len(batch["image"])
        seconds = time.perf_counter() - start
        return {"images": images, "seconds": seconds, "mean": float(batch["image"].mean())}

    engine = f"torch {torch.__version__}, Pillow {PIL.__version__}"
    serve({"engine": engine, "samples": len(pairs)}, read)


if __name__ == "__main__":
    main()
