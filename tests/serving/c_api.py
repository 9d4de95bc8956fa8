"""Runs signatures of SavedModels by TensorFlow's C API: `python c_api.py LIBRARY FOLDER`.

It imports no TensorFlow, so TensorFlow's Python code cannot make up for a fault of a SavedModel.
FOLDER/jobs.json lists what to run: the SavedModel, and for each signature the tensors' names in the
graph and files of their values. Numbers are .npy files, strings a JSON list of base64. A call that
names a file for its error is expected to fail.
"""

import base64
import ctypes
import json
import sys
from pathlib import Path

import numpy as np

TYPES = {1: np.float32, 3: np.int32, 4: np.uint8, 9: np.int64}  # TF_FLOAT, …
NUMBERS = {np.dtype(kind): number for number, kind in TYPES.items()}
STRING = 7
STRING_SIZE = 24  # bytes of a TF_TString
POINTER = ctypes.c_void_p


class Output(ctypes.Structure):
    """TF_Output: an operation and the index of one of its outputs."""

    _fields_ = (("operation", POINTER), ("index", ctypes.c_int))


def open_library(path):
    """Load the library and declare the functions that are called here."""
    library = ctypes.CDLL(path)
    pointers = (
        "TF_NewStatus TF_NewGraph TF_NewSessionOptions TF_LoadSessionFromSavedModel "
        "TF_GraphOperationByName TF_AllocateTensor TF_TensorData TF_StringGetDataPointer"
    )
    for name in pointers.split():
        getattr(library, name).restype = POINTER
    library.TF_Message.restype = ctypes.c_char_p
    library.TF_Version.restype = ctypes.c_char_p
    for name in ("TF_Dim", "TF_TensorByteSize", "TF_StringGetSize"):
        getattr(library, name).restype = ctypes.c_int64 if name == "TF_Dim" else ctypes.c_size_t
    return library


class Model:
    """A SavedModel in its own session."""

    def __init__(self, library, folder):
        self.api = library
        self.status = POINTER(library.TF_NewStatus())
        self.graph = POINTER(library.TF_NewGraph())
        tags = (ctypes.c_char_p * 1)(b"serve")
        self.session = POINTER(
            library.TF_LoadSessionFromSavedModel(
                POINTER(library.TF_NewSessionOptions()),
                None,
                folder.encode(),
                tags,
                1,
                self.graph,
                None,
                self.status,
            )
        )
        self.check()

    def check(self):
        if self.api.TF_GetCode(self.status):
            raise RuntimeError(self.api.TF_Message(self.status).decode())

    def run(self, inputs, outputs):
        """Values of output tensors, for input values by tensor name."""
        places = [self.place(name) for name in inputs]
        values = [self.tensor(value) for value in inputs.values()]
        wanted = [self.place(name) for name in outputs]
        found = (POINTER * len(wanted))()
        self.api.TF_SessionRun(
            self.session,
            None,
            (Output * len(places))(*places),
            (POINTER * len(values))(*values),
            len(values),
            (Output * len(wanted))(*wanted),
            found,
            len(wanted),
            None,
            0,
            None,
            self.status,
        )
        self.check()
        return [self.value(POINTER(tensor)) for tensor in found]

    def place(self, name):
        operation, _, index = name.partition(":")
        found = self.api.TF_GraphOperationByName(self.graph, operation.encode())
        if not found:
            raise RuntimeError(f"no operation {operation}")
        return Output(found, int(index or 0))

    def tensor(self, value):
        strings = isinstance(value, list)
        shape = (len(value),) if strings else value.shape
        size = STRING_SIZE * len(value) if strings else value.nbytes
        number = STRING if strings else NUMBERS[value.dtype]
        dims = (ctypes.c_int64 * len(shape))(*shape)
        made = POINTER(self.api.TF_AllocateTensor(number, dims, len(shape), ctypes.c_size_t(size)))
        data = self.api.TF_TensorData(made)
        if not strings:
            ctypes.memmove(data, np.ascontiguousarray(value).ctypes.data, size)
            return made
        for row, content in enumerate(value):
            place = POINTER(data + STRING_SIZE * row)
            self.api.TF_StringInit(place)
            self.api.TF_StringCopy(place, content, ctypes.c_size_t(len(content)))
        return made

    def value(self, tensor):
        number = self.api.TF_TensorType(tensor)
        axes = range(self.api.TF_NumDims(tensor))
        shape = [self.api.TF_Dim(tensor, axis) for axis in axes]
        data = self.api.TF_TensorData(tensor)
        if number != STRING:
            content = ctypes.string_at(data, self.api.TF_TensorByteSize(tensor))
            return np.frombuffer(content, TYPES[number]).reshape(shape)
        places = [POINTER(data + STRING_SIZE * row) for row in range(shape[0])]
        return [
            ctypes.string_at(
                self.api.TF_StringGetDataPointer(place), self.api.TF_StringGetSize(place)
            )
            for place in places
        ]


def read(file):
    if file.suffix == ".npy":
        return np.load(file)
    return [base64.b64decode(item) for item in json.loads(file.read_text())]


def write(file, value):
    if isinstance(value, list):
        items = [base64.b64encode(item).decode() for item in value]
        file.with_suffix(".json").write_text(json.dumps(items))
    else:
        np.save(file.with_suffix(".npy"), value)


def main(path, folder):
    library = open_library(path)
    for job in json.loads((folder / "jobs.json").read_text()):
        model = Model(library, job["saved_model"])
        for call in job["calls"]:
            inputs = {name: read(folder / file) for name, file in call["inputs"].items()}
            try:
                values = model.run(inputs, call["outputs"])
            except RuntimeError as error:
                if "error" not in call:
                    raise
                (folder / call["error"]).write_text(str(error))
                continue
            for file, value in zip(call["outputs"].values(), values, strict=True):
                write(folder / file, value)
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow was imported")
    print(library.TF_Version().decode())


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
