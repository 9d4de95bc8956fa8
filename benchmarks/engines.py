"""The project's engines for `sampling.py`: Keras and the files that it exports.

Each line of standard input names the engine that generates a batch next.

    python engines.py --folder FOLDER --batch 1 --threads 2 --repeats 5
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from peers.serve import serve

from coverzoo.corpus.layout import AUDIO_WIDTH

WEIGHT_TYPES = ("float32", "float16", "int8")


def prepare(folder: Path, batch: int) -> Any:
    """Export the thesis's generator, unless it is in the folder, and return the Keras model."""
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
        float32 = tflite.convert(model, [batch])
        files = (
            float32,
            tflite.with_float16_weights(float32),
            tflite.with_int8_weights(float32),
        )
        for weight_type, content in zip(WEIGHT_TYPES, files, strict=True):
            (folder / f"{batch}-{weight_type}.tflite").write_bytes(content)
    return model


def engines(folder: Path, batch: int, threads: int) -> tuple[dict[str, Callable], int]:
    """Return functions that generate a batch, by engine, and the number of parameters."""
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
    generate: dict[str, Callable] = {
        "keras": lambda: model.generate(z, audio).numpy(),
        "saved_model": lambda: served(**tensors)["image"].numpy(),
    }
    for weight_type in WEIGHT_TYPES:
        content = (folder / f"{batch}-{weight_type}.tflite").read_bytes()
        interpreter = tflite.Interpreter(content, threads)
        generate[f"tflite_{weight_type}"] = lambda run=interpreter.run: run(
            f"sample_audio_{batch}", {"z": z, "audio": audio}
        )["image"]
    expected = generate["keras"]()
    for name, engine in generate.items():
        limit = 0.08 if name.endswith("int8") else 0.02
        if not np.abs(engine() - expected).mean() < limit:
            raise RuntimeError(f"{name}: its covers differ from those of Keras")
    return generate, sum(int(tf.size(weight)) for weight in model.trainable_variables)


def main() -> None:
    """Answer the lines of standard input."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    for option in ("--batch", "--threads", "--repeats"):
        parser.add_argument(option, type=int, required=True)
    arguments = parser.parse_args()
    from coverzoo import backend

    backend.start()
    generate, parameters = engines(arguments.folder, arguments.batch, arguments.threads)

    def run(name: str) -> dict[str, float]:
        seconds = []
        for _ in range(arguments.repeats):
            start = time.perf_counter()
            generate[name]()
            seconds.append(time.perf_counter() - start)
        return {"seconds": statistics.median(seconds)}

    serve({"parameters": parameters, "engines": list(generate)}, run)


if __name__ == "__main__":
    main()
