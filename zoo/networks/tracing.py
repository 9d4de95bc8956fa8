"""Graphs of a network's methods for batches of any size."""

from collections.abc import Callable, Sequence

import tensorflow as tf

from coverzoo.types import Tensor


def traced(
    function: Callable[..., Tensor], specs: Sequence[tf.TensorSpec]
) -> Callable[..., Tensor]:
    """A function as graphs, one for each number of inputs that it accepts.

    Each graph is traced once, when it is first called. A network holds the result as an attribute:
    a `tf.function` there would be saved with it, and traced for inputs that it may refuse.

    Args:
        function: Function of tensors.
        specs: Types and shapes of its inputs; all but the first can be left out.
    """
    graphs = {
        count: tf.function(function, input_signature=list(specs[:count]))
        for count in range(1, len(specs) + 1)
    }
    return lambda *inputs: graphs[len(inputs)](*inputs)
