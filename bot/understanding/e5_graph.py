"""Draw the 12 layers of multilingual-e5-small as an ONNX graph with 8-bit matrices.

Imports `onnx`, so it is needed while building only. The word table stays out: the graph starts
from a message's embeddings, which `encoder` looks up.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bot.understanding.e5_weights import E5Weights

OPSET = 17
CONTRIB = "com.microsoft"  # ONNX Runtime's own operators: fused, and several times as fast
# 7 bits and a sign rather than 8: without VNNI a processor adds two products of an activation
# (up to 255) and a weight in 16 bits, and 2 * 255 * 64 still fits. Costs 0.0002 of cosine.
LARGEST_WEIGHT = 64


def draw_graph(weights: E5Weights) -> bytes:
    """Return the serialised model: `embeddings` (1, length, 384) to `vector` (1, 384), unit length.

    One message a run, hence neither padding nor a mask. Activations are quantised by run, so a
    message in company would get a slightly different vector.
    """
    header = weights.header
    graph = _Graph(weights)
    x = graph.normalise("embeddings", "emb.ln")
    for layer in range(header.layers):
        name = f"l{layer}."
        projected = graph.multiply(x, [f"{name}q", f"{name}k", f"{name}v"])
        query, key, value = graph.add("Split", [projected], outputs=3, axis=-1)
        (mixed,) = graph.add(
            "MultiHeadAttention", [query, key, value], domain=CONTRIB, num_heads=header.heads
        )
        (x,) = graph.add("Add", [x, graph.multiply(mixed, [f"{name}ao"])])
        x = graph.normalise(x, f"{name}aln")
        (inner,) = graph.add("Gelu", [graph.multiply(x, [f"{name}fi"])], domain=CONTRIB)
        (x,) = graph.add("Add", [x, graph.multiply(inner, [f"{name}fo"])])
        x = graph.normalise(x, f"{name}oln")
    (mean,) = graph.add("ReduceMean", [x], axes=[1], keepdims=0)
    (vector,) = graph.add("LpNormalization", [mean], axis=-1, p=2)
    return graph.serialise(vector)


class _Graph:
    """Nodes and constants so far; every method returns the names of the outputs it adds."""

    def __init__(self, weights: E5Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def add(
        self, operator: str, inputs: list[str], outputs: int = 1, domain: str = "", **options: Any
    ) -> list[str]:
        names = [f"{operator}_{len(self._nodes)}_{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(operator, inputs, names, domain=domain, **options))
        return names

    def normalise(self, x: str, name: str) -> str:
        scale, shift = (self._constant(f"{name}.{part}", self._float(name, part)) for part in "wb")
        epsilon = self._weights.header.epsilon
        (y,) = self.add("LayerNormalization", [x, scale, shift], axis=-1, epsilon=epsilon)
        return y

    def multiply(self, x: str, names: list[str]) -> str:
        """Add x · W + b, with the matrices of several projections side by side in W."""
        bias = np.concatenate([self._float(name, "b") for name in names])
        matrix = np.concatenate(
            [self._weights.matrix(f"{name}.w", len(self._float(name, "b"))) for name in names]
        )
        scales = np.abs(matrix).max(axis=1) / LARGEST_WEIGHT
        quantised = np.rint(matrix / scales[:, np.newaxis]).astype(np.int8)
        first = names[0]
        inputs = [
            x,
            self._constant(f"{first}.weight", np.ascontiguousarray(quantised.T)),
            self._constant(f"{first}.scale", scales),
            self._constant(f"{first}.zero", np.zeros(len(scales), np.int8)),
            self._constant(f"{first}.bias", bias),
        ]
        (y,) = self.add("DynamicQuantizeMatMul", inputs, domain=CONTRIB)
        return y

    def serialise(self, output: str) -> bytes:
        hidden = self._weights.header.hidden
        self._nodes.append(helper.make_node("Identity", [output], ["vector"]))
        graph = helper.make_graph(
            self._nodes,
            "multilingual-e5-small",
            [helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, [1, "length", hidden])],
            [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, hidden])],
            self._constants,
        )
        domains = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model: bytes = helper.make_model(
            graph, opset_imports=domains, ir_version=8
        ).SerializeToString()
        return model

    def _constant(self, name: str, array: NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def _float(self, name: str, part: str) -> NDArray[np.float32]:
        return self._weights.tensor(f"{name}.{part}")
