"""The project's side of `sampling.py`: what it exports, each sampling in its turn.

python engines.py --folder FOLDER --batch 1 --threads 2 --repeats 5
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from peers.turns import serve

from coverzoo.corpus.layout import AUDIO_WIDTH

KINDS = ("float32", "float16", "int8")


def prepare(folder: Path, batch: int) -> Any:
    """The thesis's generator, exported once for each batch size; gives the Keras model."""
    import keras

    from coverzoo.export import saved_model, tflite
    from coverzoo.export.signatures import float_signatures
    from coverzoo.zoo import registry

    keras.utils.set_random_seed(0)
    settings = registry.settings_of("wgan-gp", "thesis", True, {})
    model = registry.build("wgan-gp", settings, audio_width=AUDIO_WIDTH).generative
    if not (folder / "saved_model").exists():
        saved_model.write(model, float_signatures(model), folder / "saved_model")
    if not (folder / f"{batch}-int8.tflite").exists():
        whole = tflite.convert(model, [batch])
        made = (whole, tflite.with_float16_weights(whole), tflite.with_int8_weights(whole))
        for kind, content in zip(KINDS, made, strict=True):
            (folder / f"{batch}-{kind}.tflite").write_bytes(content)
    return model


def engines(folder: Path, batch: int, threads: int) -> tuple[dict[str, Callable], int]:
    """Functions that generate a batch, by engine, and the number of parameters."""
    import tensorflow as tf

    from coverzoo.export import tflite

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    model = prepare(folder, batch)
    rng = np.random.default_rng(0)
    z = rng.standard_normal((batch, model.latent_dim)).astype(np.float32)
    audio = rng.standard_normal((batch, AUDIO_WIDTH)).astype(np.float32)
    loaded = tf.saved_model.load(str(folder / "saved_model"))
    served = loaded.signatures["sample_audio"]
    tensors = {"z": tf.constant(z), "audio": tf.constant(audio)}
    made: dict[str, Callable] = {
        "keras": lambda: model.generate(z, audio).numpy(),
        "saved_model": lambda: served(**tensors)["image"].numpy(),
    }
    for kind in KINDS:
        content = (folder / f"{batch}-{kind}.tflite").read_bytes()
        interpreter = tflite.Interpreter(content, threads)
        made[f"tflite_{kind}"] = lambda run=interpreter.run: run(
            f"sample_audio_{batch}", {"z": z, "audio": audio}
        )["image"]
    expected = made["keras"]()
    for name, engine in made.items():
        limit = 0.08 if name.endswith("int8") else 0.02
        assert np.abs(engine() - expected).mean() < limit, name
    return made, sum(int(tf.size(weight)) for weight in model.trainable_variables)


def main() -> None:
    """Serve turns."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    for option in ("--batch", "--threads", "--repeats"):
        parser.add_argument(option, type=int, required=True)
    arguments = parser.parse_args()
    from coverzoo import backend

    backend.start()
    made, parameters = engines(arguments.folder, arguments.batch, arguments.threads)

    def turn(name: str) -> dict[str, float]:
        seconds = []
        for _ in range(arguments.repeats):
            start = time.perf_counter()
            made[name]()
            seconds.append(time.perf_counter() - start)
        return {"seconds": statistics.median(seconds)}

    serve({"parameters": parameters, "engines": list(made)}, turn)


if __name__ == "__main__":
    main()
