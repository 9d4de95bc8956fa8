"""The peers of `sampling.py`: the thesis's generator in PyTorch, ONNX Runtime and OpenVINO.

The network of `train_step.py` with random weights, exported to ONNX by PyTorch for the other two.
Runs in the peers' environment. Each line of standard input names the engine that generates next.

    python sampling.py --batch 1 --threads 2 --repeats 5
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable

import numpy as np
import onnxruntime
import openvino
import torch
from serve import serve
from train_step import AUDIO_WIDTH, LATENT_DIM, Generator


def engines(batch: int, threads: int, folder: str) -> tuple[dict[str, Callable[[], object]], int]:
    """Return functions that generate a batch, by engine, and the number of parameters."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    z, audio = torch.randn(batch, LATENT_DIM), torch.randn(batch, AUDIO_WIDTH)
    generator = Generator().to(memory_format=torch.channels_last).eval()
    file = os.path.join(folder, "generator.onnx")
    names = ["z", "audio"]
    torch.onnx.export(
        generator, (z, audio), file, input_names=names, output_names=["image"], dynamo=False
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",  # the default is bfloat16 on processors that support it
    }
    compiled = openvino.Core().compile_model(file, "CPU", settings)
    inputs = {"z": z.numpy(), "audio": audio.numpy()}

    def generate() -> torch.Tensor:
        with torch.inference_mode():
            return generator(z, audio)

    generators = {
        "pytorch": generate,
        "onnxruntime": lambda: session.run(None, inputs)[0],
        "openvino": lambda: compiled(inputs)[0],
    }
    expected = generate().numpy()
    for name, engine in generators.items():  # wrong covers would make the comparison void
        np.testing.assert_allclose(np.asarray(engine()), expected, atol=1e-4, err_msg=name)
    return generators, sum(weight.numel() for weight in generator.parameters())


def main() -> None:
    """Answer the lines of standard input."""
    parser = argparse.ArgumentParser()
    for option in ("--batch", "--threads", "--repeats"):
        parser.add_argument(option, type=int, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        generators, parameters = engines(arguments.batch, arguments.threads, folder)

        def run(name: str) -> dict[str, float]:
            seconds = []
            for _ in range(arguments.repeats):
                start = time.perf_counter()
                generators[name]()
                seconds.append(time.perf_counter() - start)
            return {"seconds": statistics.median(seconds)}

        serve(
            {
                "parameters": parameters,
                "engines": {
                    "pytorch": torch.__version__,
                    "onnxruntime": onnxruntime.__version__,
                    "openvino": openvino.__version__,
                },
            },
            run,
        )


if __name__ == "__main__":
    main()
