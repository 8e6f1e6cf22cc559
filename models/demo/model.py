"""The network, with trainable ternary weights, computed as llama.cpp computes the architecture `bitnet`.

The layer is that of "The Era of 1-bit LLMs: All Large Language Models are in 1.58 Bits" (Ma et al., 2024) as
llama.cpp has it: RMS norms before and inside attention and feed-forward, SiLU gating, rotary positions in the NEOX
pairing, tied embeddings. Weights are absmean ternary; activations are rounded to 127 steps per block of 256 values, as
llama.cpp's Q8_K does before it multiplies them with TQ2_0.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

EPSILON = 1e-5  # of the RMS norms, written into the GGUF
Q8_K_BLOCK = 256  # values that share one scale in llama.cpp's Q8_K
Q8_K_LIMIT = 127.0
SMALLEST_SCALE = 1e-6
MASKED = -1e9


@dataclass(frozen=True)
class Shape:
    """The sizes of the network; `context` is the longest sequence in tokens."""

    vocabulary: int = 2048
    embedding: int = 256
    feed_forward: int = 768
    heads: int = 4
    layers: int = 6
    context: int = 2048
    rope_base: float = 10_000.0

    @property
    def head(self) -> int:
        """Values per attention head."""
        return self.embedding // self.heads


def ternary_scale(weight: Tensor) -> Tensor:
    """Return the mean absolute value, rounded to float16, the precision of a TQ2_0 block."""
    return weight.abs().mean().clamp(min=SMALLEST_SCALE).half().float()


def ternary(weight: Tensor) -> Tensor:
    """Return the weight as -1, 0 or +1 times its scale."""
    scale = ternary_scale(weight)
    return (weight / scale).round().clamp(-1, 1) * scale


class StraightThroughTernary(torch.autograd.Function):
    """Apply `ternary` in the forward pass; in the backward pass, let the gradient through unchanged."""

    @staticmethod
    def forward(ctx: object, weight: Tensor) -> Tensor:
        return ternary(weight)

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> Tensor:
        return gradient


def round_activations(values: Tensor) -> Tensor:
    """Round each block of 256 values to 127 steps of its largest. The gradient passes through unchanged."""
    blocks = values.view(*values.shape[:-1], -1, Q8_K_BLOCK)
    steps = Q8_K_LIMIT / blocks.abs().amax(-1, keepdim=True).clamp(min=1e-8)
    rounded = (blocks * steps).round() / steps
    return (blocks + (rounded - blocks).detach()).view(values.shape)


def rms_norm(values: Tensor, gain: Tensor) -> Tensor:
    """Root-mean-square norm in float32."""
    wide = values.float()
    return wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + EPSILON) * gain


def norm_and_round(values: Tensor, gain: Tensor, compute: torch.dtype) -> Tensor:
    """Return the input of a ternary matrix product."""
    return round_activations(rms_norm(values, gain)).to(compute)


def gate_norm_and_round(gate_and_up: Tensor, gain: Tensor, compute: torch.dtype) -> Tensor:
    """SiLU of the gate half times the other half, normed and rounded for the last product of the feed-forward part."""
    gate, up = gate_and_up.float().chunk(2, -1)
    return round_activations(rms_norm(functional.silu(gate) * up, gain)).to(compute)


def rotate(values: Tensor, cosine: Tensor, sine: Tensor, compute: torch.dtype) -> Tensor:
    """Rotary positions; value i is paired with value i + half (NEOX), as llama.cpp does for this architecture."""
    first, second = values.float().chunk(2, -1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], -1).to(compute)


def masked_softmax(scores: Tensor, mask: Tensor, head: int, compute: torch.dtype) -> Tensor:
    """Attention weights from raw scores."""
    return torch.softmax(scores.float() * head**-0.5 + mask, -1).to(compute)


class Numerics:
    """How the network is computed.

    `compute`: type of the matrix products. bfloat16 trains twice as fast as float32, which is for comparisons with
    llama.cpp. Norms, softmax and losses are in float32 either way. `compiled` compiles the elementwise parts.
    """

    def __init__(self, compute: torch.dtype = torch.bfloat16, *, compiled: bool = False) -> None:
        self.compute = compute

        def prepared(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
            return torch.compile(function, dynamic=True) if compiled else function

        self.norm_and_round = prepared(norm_and_round)
        self.gate_norm_and_round = prepared(gate_norm_and_round)
        self.rotate = prepared(rotate)
        self.masked_softmax = prepared(masked_softmax)

    def ternary(self, *weights: Tensor) -> Tensor:
        """Return the ternary weights, stacked, for a matrix product with a gradient."""
        return torch.cat([StraightThroughTernary.apply(weight).to(self.compute) for weight in weights])


def matrix(rows: int, columns: int, deviation: float) -> nn.Parameter:
    """A random weight."""
    return nn.Parameter(torch.randn(rows, columns) * deviation)


class Layer(nn.Module):
    """Attention and a gated feed-forward part. The names of the parameters are llama.cpp's names of the tensors."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width, inner = shape.embedding, shape.feed_forward
        deviation = 0.02
        residual_deviation = deviation / math.sqrt(2 * shape.layers)
        self.attn_q = matrix(width, width, deviation)
        self.attn_k = matrix(width, width, deviation)
        self.attn_v = matrix(width, width, deviation)
        self.attn_output = matrix(width, width, residual_deviation)
        self.ffn_gate = matrix(inner, width, deviation)
        self.ffn_up = matrix(inner, width, deviation)
        self.ffn_down = matrix(width, inner, residual_deviation)
        self.attn_norm = nn.Parameter(torch.ones(width))
        self.attn_sub_norm = nn.Parameter(torch.ones(width))
        self.ffn_norm = nn.Parameter(torch.ones(width))
        self.ffn_sub_norm = nn.Parameter(torch.ones(inner))

    def attention(self, hidden: Tensor, rope: tuple[Tensor, Tensor], mask: Tensor, numerics: Numerics) -> Tensor:
        """Causal self-attention; plain products, since PyTorch's fused kernel was slower on a CPU."""
        shape, compute = self.shape, numerics.compute
        batch, length, width = hidden.shape
        normed = numerics.norm_and_round(hidden, self.attn_norm, compute)
        joined = functional.linear(normed, numerics.ternary(self.attn_q, self.attn_k, self.attn_v))
        query, key, value = joined.view(batch, length, 3, shape.heads, shape.head).unbind(2)
        query = numerics.rotate(query, *rope, compute).transpose(1, 2)
        key = numerics.rotate(key, *rope, compute).transpose(1, 2)
        attended = numerics.masked_softmax(query @ key.transpose(-1, -2), mask, shape.head, compute)
        mixed = (attended @ value.transpose(1, 2)).transpose(1, 2).reshape(batch, length, width)
        normed = numerics.norm_and_round(mixed, self.attn_sub_norm, compute)
        return functional.linear(normed, numerics.ternary(self.attn_output))

    def feed_forward(self, hidden: Tensor, numerics: Numerics) -> Tensor:
        """The gated part."""
        normed = numerics.norm_and_round(hidden, self.ffn_norm, numerics.compute)
        gate_and_up = functional.linear(normed, numerics.ternary(self.ffn_gate, self.ffn_up))
        inner = numerics.gate_norm_and_round(gate_and_up, self.ffn_sub_norm, numerics.compute)
        return functional.linear(inner, numerics.ternary(self.ffn_down))

    def forward(self, hidden: Tensor, rope: tuple[Tensor, Tensor], mask: Tensor, numerics: Numerics) -> Tensor:
        """(batch, length, width) → the same."""
        hidden = hidden + self.attention(hidden, rope, mask, numerics)
        return hidden + self.feed_forward(hidden, numerics)


class BitNet(nn.Module):
    """The whole network: token ids to logits."""

    def __init__(self, shape: Shape, numerics: Numerics | None = None) -> None:
        super().__init__()
        self.shape = shape
        self.numerics = numerics or Numerics()
        self.token_embd = matrix(shape.vocabulary, shape.embedding, 0.05)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = nn.Parameter(torch.ones(shape.embedding))
        frequencies = shape.rope_base ** (-torch.arange(0, shape.head, 2).float() / shape.head)
        angles = torch.arange(shape.context).float()[:, None] * frequencies
        self.register_buffer("cosine", angles.cos()[:, None], persistent=False)
        self.register_buffer("sine", angles.sin()[:, None], persistent=False)
        mask = torch.full((shape.context, shape.context), MASKED).triu(1)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, ids: Tensor, wanted: Tensor | None = None) -> Tensor:
        """Logits in float32.

        `ids` is (batch, length). With `wanted`, indices into the flattened positions, only those are computed and the
        result is (wanted, vocabulary); otherwise (batch, length, vocabulary).
        """
        length = ids.shape[1]
        rope = (self.cosine[:length], self.sine[:length])
        mask = self.mask[:length, :length]
        hidden = functional.embedding(ids, self.token_embd)
        for layer in self.blk:
            hidden = layer(hidden, rope, mask, self.numerics)
        if wanted is not None:
            hidden = hidden.reshape(-1, hidden.shape[-1])[wanted]
        normed = rms_norm(hidden, self.output_norm).to(self.numerics.compute)
        return functional.linear(normed, self.token_embd.to(self.numerics.compute)).float()
